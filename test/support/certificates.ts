import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { programOf } from './program.ts';

const run = promisify(execFile);
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export type Certificate = { readonly certFile: string; readonly keyFile: string };

/** An authority of its own for one test, made by openssl in a folder. */
export type Authority = {
  readonly caFile: string;
  /** @param days until it ends; negative: it has. @param extension as in openssl's configuration */
  issue(name: string, options: { readonly days: number; readonly extension: string }): Promise<Certificate>;
};

export const FOR_SERVERS = 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth';
export const FOR_CLIENTS = 'extendedKeyUsage=clientAuth';

export async function createAuthority(dir: string): Promise<Authority> {
  const openssl = programOf('openssl', 'openssl');
  const at = (name: string) => join(dir, name);
  const [caFile, caKey] = [at('ca.pem'), at('ca.key')];
  await run(openssl, ['req', '-x509', ...KEY, '-keyout', caKey, '-out', caFile, '-subj', '/CN=test', '-days', '2']);
  return {
    caFile,
    async issue(name, { days, extension }) {
      const [certFile, keyFile, request, extensions] = ['pem', 'key', 'csr', 'ext'].map((suffix) =>
        at(`${name}.${suffix}`),
      ) as [string, string, string, string];
      writeFileSync(extensions, extension);
      await run(openssl, ['req', ...KEY, '-keyout', keyFile, '-out', request, '-subj', `/CN=${name}`]);
      const signer = ['-CA', caFile, '-CAkey', caKey, '-set_serial', serial(), '-days', String(days)];
      await run(openssl, ['x509', '-req', '-in', request, '-out', certFile, ...signer, '-extfile', extensions]);
      return { certFile, keyFile };
    },
  };
}

/** Several are issued at once: openssl's own counter is a file. */
function serial(): string {
  return `0x${randomBytes(8).toString('hex')}`;
}
