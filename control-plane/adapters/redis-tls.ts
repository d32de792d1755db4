import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ConnectionOptions, createSecureContext } from 'node:tls';
import { OperatingError } from '../operating-error.ts';

export type RedisTls = {
  /** PEM files. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  /** The name the server's certificate has, if it is not the one in the URL. */
  readonly servername?: string;
};

/**
 * Reads the files.
 *
 * @param isTlsUrl the URL of Redis asks for TLS
 * @throws OperatingError `bad-config` naming the file that cannot be read, or what does not go together
 */
export function redisTlsOptions(tls: RedisTls | undefined, isTlsUrl: boolean): ConnectionOptions | undefined {
  if (tls === undefined || Object.values(tls).every((value) => value === undefined)) return undefined;
  if (!isTlsUrl) {
    throw new OperatingError(
      'bad-config',
      'TLS files for Redis are given, but its URL is without TLS: want rediss…://',
    );
  }
  if ((tls.certFile === undefined) !== (tls.keyFile === undefined)) {
    throw new OperatingError('bad-config', 'a TLS certificate for Redis needs its key, and a key its certificate');
  }
  const read = {
    ...(tls.caFile === undefined ? {} : { ca: readPem('TLS CA file', tls.caFile) }),
    ...(tls.certFile === undefined ? {} : { cert: readPem('TLS certificate', tls.certFile) }),
    ...(tls.keyFile === undefined ? {} : { key: readPem('TLS key', tls.keyFile) }),
    ...(tls.servername === undefined ? {} : { servername: tls.servername }),
  };
  try {
    // A context takes authorities that are no PEM without a word.
    for (const pem of [read.ca, read.cert]) if (pem !== undefined) new X509Certificate(pem);
    createSecureContext(read);
  } catch (err) {
    const paths = [tls.caFile, tls.certFile, tls.keyFile].filter((path) => path !== undefined);
    throw new OperatingError(
      'bad-config',
      `TLS files for Redis (${paths.join(', ')}) do not go together, or are no PEM: ${(err as Error).message}`,
    );
  }
  return read;
}

function readPem(what: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (err) {
    throw new OperatingError('bad-config', `${what} for Redis ${path} cannot be read: ${(err as Error).message}`);
  }
}
