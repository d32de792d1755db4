import { X509Certificate } from 'node:crypto';

/** A file that stops being worth anything some day. */
export type ExpiringFile = {
  /** As the setting is called that names it: `nats-cert`. */
  readonly credential: string;
  readonly file: string;
  /** PEM certificates, or a NATS credentials file. */
  readonly kind: 'certificate' | 'creds';
};

export type CredentialExpiry = {
  readonly credential: string;
  readonly file: string;
  /** Epoch milliseconds. */
  readonly expiresMs: number;
};

/** So long before the end it is warned of. */
export const WARN_BEFORE_MS = 14 * 86_400_000;

/**
 * When a file is worth nothing any more: the first end of its certificates, or `exp` of the user's JWT.
 *
 * @returns epoch milliseconds; undefined if it never ends
 * @throws Error when it holds no such thing; never with what is in it
 */
export function expiryOf(text: string, kind: ExpiringFile['kind']): number | undefined {
  return kind === 'certificate' ? certificateExpiry(text) : credsExpiry(text);
}

function certificateExpiry(pem: string): number {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw new Error('want a PEM certificate');
  return Math.min(...certificates.map((one) => new X509Certificate(one).validToDate.getTime()));
}

function credsExpiry(creds: string): number | undefined {
  const jwt = /BEGIN NATS USER JWT-+\s+([\w-]+)\.([\w-]+)\.[\w-]+\s/.exec(creds)?.[2];
  if (jwt === undefined) throw new Error('want a JWT and its seed');
  const { exp } = claims(jwt);
  return typeof exp === 'number' && exp > 0 ? exp * 1_000 : undefined;
}

function claims(encoded: string): { readonly exp?: unknown } {
  try {
    return JSON.parse(Buffer.from(encoded, 'base64url').toString());
  } catch {
    // The parser's message would show a part of it.
    throw new Error('want a JWT and its seed');
  }
}
