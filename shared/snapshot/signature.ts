import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import type { SignedHead } from './head.ts';

/** A key the control plane signs heads with. */
export type SigningKey = { readonly keyId: string; readonly privateKey: KeyObject };

/** A key whose signature a node believes. */
export type TrustedKey = { readonly keyId: string; readonly publicKey: KeyObject };

/** A key text that cannot be used; the message says what it is and what would be right. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
}

/** Signs a head with every key, so that nodes which trust either the old or the new one follow. Same bytes each time. */
export function signHead(headBytes: Uint8Array, keys: readonly SigningKey[]): SignedHead {
  return {
    head: headBytes,
    signatures: keys.map(({ keyId, privateKey }) => ({
      keyId,
      value: new Uint8Array(sign(null, headBytes, privateKey)),
    })),
  };
}

/**
 * Whether a head may be believed: one signature of one trusted key is enough, so keys are rotated by trusting both for a while.
 * With no trusted keys any head is believed.
 *
 * @returns why not, or undefined
 * @source RFC 8032 (Ed25519), over the head's bytes as published
 */
export function verifyHead({ head, signatures }: SignedHead, trusted: readonly TrustedKey[]): string | undefined {
  if (trusted.length === 0) return undefined;
  const names = trusted.map(({ keyId }) => keyId).join(', ');
  if (signatures.length === 0) return `it is not signed; trusted: ${names}`;
  let known = false;
  for (const { keyId, value } of signatures) {
    const key = trusted.find((one) => one.keyId === keyId);
    if (key === undefined) continue;
    known = true;
    if (verify(null, head, key.publicKey, value)) return undefined;
  }
  const signers = signatures.map(({ keyId }) => keyId).join(', ');
  return known ? `its signature by ${signers} does not fit its bytes` : `it is signed by ${signers}, trusted: ${names}`;
}

/** Name of a public key: the first 16 hex digits of SHA-256 over its SPKI DER. */
export function keyId(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);
}

/**
 * Reads the private keys of a PEM text, in order.
 *
 * @param source what errors call the text: a file name
 * @throws KeyError if one is not an Ed25519 private key, or there is none
 */
export function readSigningKeys(pem: string, source: string): readonly SigningKey[] {
  return blocksOf(pem, source, 'PRIVATE KEY', 'openssl genpkey -algorithm ed25519').map((block) => {
    const privateKey = ed25519(() => createPrivateKey(block), source);
    return { keyId: keyId(createPublicKey(privateKey)), privateKey };
  });
}

/**
 * Reads the public keys of a PEM text; several stand one after the other.
 *
 * @throws KeyError if one is not an Ed25519 public key, or there is none
 */
export function readTrustedKeys(pem: string, source: string): readonly TrustedKey[] {
  return blocksOf(pem, source, 'PUBLIC KEY', 'openssl pkey -pubout').map((block) => {
    const publicKey = ed25519(() => createPublicKey(block), source);
    return { keyId: keyId(publicKey), publicKey };
  });
}

/** The public half of a signing key. */
export function trustedKeyOf({ keyId: name, privateKey }: SigningKey): TrustedKey {
  return { keyId: name, publicKey: createPublicKey(privateKey) };
}

export type KeyPair = { readonly keyId: string; readonly privatePem: string; readonly publicPem: string };

/** A new Ed25519 pair, in the PEM forms that `readSigningKeys` and `readTrustedKeys` read. */
export function generateKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    keyId: keyId(publicKey),
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
  };
}

function blocksOf(pem: string, source: string, label: string, hint: string): readonly string[] {
  const found = pem.match(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g) ?? [];
  const labels = found.map((block) => /BEGIN ([A-Z0-9 ]+)-----/.exec(block)?.[1] ?? '');
  const wrong = labels.find((one) => one !== label);
  if (wrong !== undefined) {
    throw new KeyError(`${source} holds a "${wrong}"; want an Ed25519 "${label}" in PEM, as made by ${hint}`);
  }
  if (found.length === 0)
    throw new KeyError(`${source} holds no PEM block; want an Ed25519 "${label}", as made by ${hint}`);
  return found;
}

function ed25519(read: () => KeyObject, source: string): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (cause) {
    throw new KeyError(`${source} holds a key that cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new KeyError(`${source} holds a key of type ${key.asymmetricKeyType}; want ed25519`);
}
