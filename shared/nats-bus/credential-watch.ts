import { readFile } from 'node:fs/promises';
import { type CredentialExpiry, type ExpiringFile, expiryOf, WARN_BEFORE_MS } from '../credential-expiry.ts';
import type { NatsBusOptions } from './settings.ts';

/** Files are read again so often, milliseconds: they are replaced while we run. */
const LOOK_MS = 60_000;
const DAY_MS = 86_400_000;

export type CredentialWatch = {
  /** Of those that end, as of the last look. */
  expiries(): readonly CredentialExpiry[];
  stop(): void;
};

/**
 * Keeps an eye on when credentials end. The first look is over when it resolves.
 *
 * @param onExpiring told of each that ends within 14 days or has ended: at the start, daily, and when it ends
 */
export async function watchCredentials(
  files: readonly ExpiringFile[],
  onExpiring: (expiry: CredentialExpiry, leftMs: number) => void,
): Promise<CredentialWatch> {
  let expiries: readonly CredentialExpiry[] = [];
  /** When it was told of, and whether it had ended then. */
  const told = new Map<string, { readonly atMs: number; readonly over: boolean }>();

  async function look(): Promise<void> {
    const found = await Promise.all(files.map(read));
    expiries = found.filter((one) => one !== undefined);
    for (const expiry of expiries) tell(expiry, Date.now());
  }

  function tell(expiry: CredentialExpiry, nowMs: number): void {
    const leftMs = expiry.expiresMs - nowMs;
    const before = told.get(expiry.credential);
    const over = leftMs <= 0;
    if (leftMs > WARN_BEFORE_MS) {
      told.delete(expiry.credential);
      return;
    }
    if (before !== undefined && before.over === over && nowMs - before.atMs < DAY_MS) return;
    told.set(expiry.credential, { atMs: nowMs, over });
    onExpiring(expiry, leftMs);
  }

  await look();
  const timer = files.length === 0 ? undefined : setInterval(() => void look(), LOOK_MS);
  timer?.unref();
  return { expiries: () => expiries, stop: () => clearInterval(timer) };
}

/** What of a bus's settings stops being worth anything some day. */
export function expiringFiles({ credentials, tls }: Pick<NatsBusOptions, 'credentials' | 'tls'>): ExpiringFile[] {
  const files: ExpiringFile[] = [];
  if (tls?.certFile !== undefined) files.push({ credential: 'nats-cert', file: tls.certFile, kind: 'certificate' });
  if (credentials !== undefined && 'credsFile' in credentials) {
    files.push({ credential: 'nats-creds', file: credentials.credsFile, kind: 'creds' });
  }
  return files;
}

/** What cannot be read is told by who connects with it. */
async function read({ credential, file, kind }: ExpiringFile): Promise<CredentialExpiry | undefined> {
  try {
    const expiresMs = expiryOf(await readFile(file, 'utf8'), kind);
    return expiresMs === undefined ? undefined : { credential, file, expiresMs };
  } catch {
    return undefined;
  }
}

/** For log lines; there is never less time left than they say. @param leftMs negative once it is over */
export function expiryText({ credential }: CredentialExpiry, leftMs: number): string {
  if (leftMs <= 0) return `${credential} has expired`;
  const hours = Math.floor(leftMs / 3_600_000);
  if (hours < 1) return `${credential} expires within the hour`;
  if (hours < 48) return `${credential} expires in ${hours} ${hours === 1 ? 'hour' : 'hours'}`;
  return `${credential} expires in ${Math.floor(hours / 24)} days`;
}
