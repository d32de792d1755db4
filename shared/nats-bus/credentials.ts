import { access, readFile } from 'node:fs/promises';
import type { Authenticator } from '@nats-io/transport-node';
import {
  credsAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node';
import type { NatsCredentials, NatsTls } from './settings.ts';

/**
 * Reads credentials anew, so that a file that was replaced counts from the next connection on.
 *
 * @throws Error naming the file, never what is in it
 */
export async function readCredentials(credentials: NatsCredentials | undefined): Promise<Authenticator | undefined> {
  if (credentials === undefined) return undefined;
  if ('credsFile' in credentials) {
    const bytes = await readSecret(credentials.credsFile);
    return checked(credsAuthenticator(Buffer.from(bytes)), `${credentials.credsFile}: want a JWT and its seed`);
  }
  if ('nkeySeedFile' in credentials) {
    const seed = await readSecret(credentials.nkeySeedFile);
    return checked(nkeyAuthenticator(Buffer.from(seed.trim())), `${credentials.nkeySeedFile}: want an nkey seed, SU…`);
  }
  if ('tokenFile' in credentials) return tokenAuthenticator((await readSecret(credentials.tokenFile)).trim());
  if ('token' in credentials) return tokenAuthenticator(credentials.token);
  const password =
    'password' in credentials ? credentials.password : (await readSecret(credentials.passwordFile)).trim();
  return usernamePasswordAuthenticator(credentials.user, password);
}

/** @throws Error naming a file that cannot be read */
export async function checkTlsFiles(tls: NatsTls | undefined): Promise<void> {
  for (const path of [tls?.caFile, tls?.certFile, tls?.keyFile]) {
    if (path === undefined) continue;
    await access(path).catch((err: NodeJS.ErrnoException) => {
      throw new Error(`TLS file ${path} cannot be read: ${err.code}`);
    });
  }
}

async function readSecret(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (err) {
    throw new Error(`credentials file ${path} cannot be read: ${(err as NodeJS.ErrnoException).code}`);
  }
}

function checked(authenticator: Authenticator, wrong: string): Authenticator {
  try {
    authenticator('');
  } catch {
    // Without the cause: it might tell of the secret.
    throw new Error(`credentials file ${wrong}`);
  }
  return authenticator;
}
