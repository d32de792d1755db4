import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { nkeys } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '#test/support/wait.ts';
import { natsParties } from './parties.ts';

const { server: natsServer, party, node } = natsParties();
const run = promisify(execFile);
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'penstock-nats-keys-'));
});

afterAll(() => rm(dir, { recursive: true, force: true }));

async function file(name: string, text: string | Uint8Array): Promise<string> {
  await writeFile(join(dir, name), text);
  return join(dir, name);
}

describe('credentials of the NATS bus', () => {
  it('are user and password, given, in a file or in the URL', async () => {
    const server = await natsServer({ config: 'authorization { user: ann, password: s3cret }' });
    await node(server, { credentials: { user: 'ann', password: 's3cret' } });
    await node(server, { credentials: { user: 'ann', passwordFile: await file('password', 's3cret\n') } });
    await node(server, { servers: `nats://ann:s3cret@127.0.0.1:${server.port}` });
  });

  it('are a token, given or in a file', async () => {
    const server = await natsServer({ config: 'authorization { token: t0ken }' });
    await node(server, { credentials: { token: 't0ken' } });
    await node(server, { credentials: { tokenFile: await file('token', 't0ken\n') } });
  });

  it('are an nkey, its seed in a file', async () => {
    const pair = nkeys.createUser();
    const server = await natsServer({ config: `authorization { users: [{ nkey: ${pair.getPublicKey()} }] }` });
    await node(server, { credentials: { nkeySeedFile: await file('seed', pair.getSeed()) } });
  });

  it('are a JWT and its seed in one file, as nsc writes them', async () => {
    const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
    const limits = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
    const accountJwt = jwt(operator, account, { type: 'account', version: 2, limits });
    const server = await natsServer({
      jetStream: false,
      config: `operator: ${jwt(operator, operator, { type: 'operator', version: 2 })}
        resolver: MEMORY
        resolver_preload: { ${account.getPublicKey()}: ${accountJwt} }`,
    });
    const userJwt = jwt(account, user, { type: 'user', version: 2, subs: -1, data: -1, payload: -1, pub: {}, sub: {} });
    const seed = Buffer.from(user.getSeed()).toString();
    const creds = `-----BEGIN NATS USER JWT-----\n${userJwt}\n------END NATS USER JWT------\n
-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`;
    await node(server, { credentials: { credsFile: await file('creds', creds) } });
  });

  it('that are wrong are told of without showing them, tried again, and read anew from their file', async () => {
    const server = await natsServer({ config: 'authorization { user: ann, password: s3cret }' });
    const passwordFile = await file('rotating', 'wr0ng');
    const n1 = await party(server, 'n1', { credentials: { user: 'ann', passwordFile } });
    await eventually('two refusals', () => (n1.faults().authorization ?? 0) >= 2);
    expect(n1.status()).toMatchObject({ connected: false, detail: expect.stringMatching(/authorization violation/i) });
    expect(JSON.stringify([n1.told, n1.status()])).not.toMatch(/wr0ng|s3cret/);
    await writeFile(passwordFile, 's3cret');
    await eventually('the bus to be connected', () => n1.status().connected);
  });

  it('whose file vanishes later leave the bus trying', async () => {
    const server = await natsServer({ config: 'authorization { token: t0ken }', started: false });
    const tokenFile = await file('vanishing', 't0ken');
    const n1 = await party(server, 'n1', { credentials: { tokenFile } });
    await rm(tokenFile);
    await eventually('a fault', () => n1.told.some(({ message }) => message.includes(`${tokenFile} cannot be read`)));
    await server.start();
    await file('vanishing', 't0ken');
    await eventually('the bus to be connected', () => n1.status().connected);
  });
});

describe('TLS of the NATS bus', () => {
  let pems: { ca: string; cert: string; key: string; clientCert: string; clientKey: string; otherCa: string };

  beforeAll(async () => {
    const ca = await authority('ca');
    const otherCa = await authority('other-ca');
    const server = await certificate('server', 'ca', 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth');
    const client = await certificate('client', 'ca', 'extendedKeyUsage=clientAuth');
    pems = { ca, cert: server.cert, key: server.key, clientCert: client.cert, clientKey: client.key, otherCa };
  });

  const tlsServer = (verify: boolean) =>
    natsServer({
      config: `tls { cert_file: "${pems.cert}", key_file: "${pems.key}", ca_file: "${pems.ca}", verify: ${verify} }`,
    });

  it('trusts the authority it is given, and shows a client certificate', async () => {
    const server = await tlsServer(true);
    const tls = { caFile: pems.ca, certFile: pems.clientCert, keyFile: pems.clientKey };
    const servers = `tls://127.0.0.1:${server.port}`;
    await node(server, { servers, tls });
    const without = await party(server, 'n2', { servers, tls: { caFile: pems.ca } });
    await eventually('the server to refuse', () => without.faults().connect);
    expect(without.status().connected).toBe(false);
  });

  it('refuses a server that another authority has signed', async () => {
    const server = await tlsServer(false);
    const servers = `tls://127.0.0.1:${server.port}`;
    for (const tls of [{ caFile: pems.otherCa }, {}]) {
      const n1 = await party(server, 'n1', { servers, tls });
      await eventually('a refusal', () => n1.faults().connect);
      expect(n1.status()).toMatchObject({ connected: false, detail: expect.stringMatching(/certificate|signature/) });
    }
    await node(server, { servers, tls: { caFile: pems.ca } });
  });

  it('refuses a certificate that is for another address', async () => {
    const { cert, key } = await certificate('elsewhere', 'ca', 'subjectAltName=IP:127.0.0.2,DNS:localhost');
    const server = await natsServer({ config: `tls { cert_file: "${cert}", key_file: "${key}" }` });
    const n1 = await party(server, 'n1', { servers: `tls://127.0.0.1:${server.port}`, tls: { caFile: pems.ca } });
    await eventually('a refusal', () => n1.faults().connect);
    expect(n1.status().detail).toMatch(/127\.0\.0\.1 is not in the cert/);
  });

  it('refuses a server without TLS when it was asked for', async () => {
    const server = await natsServer();
    const n1 = await party(server, 'n1', { servers: `tls://127.0.0.1:${server.port}` });
    await eventually('a refusal', () => n1.faults().connect);
    expect(n1.status().detail).toContain("does not support 'tls'");
  });

  async function authority(name: string): Promise<string> {
    const [key, cert] = [join(dir, `${name}.key`), join(dir, `${name}.pem`)];
    const subject = ['-subj', `/CN=${name}`, '-days', '2'];
    await run('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      ...curve,
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
      ...subject,
    ]);
    return cert;
  }

  async function certificate(name: string, ca: string, extensions: string): Promise<{ cert: string; key: string }> {
    const at = (suffix: string) => join(dir, `${name}.${suffix}`);
    const [key, request, cert, ext] = [at('key'), at('csr'), at('pem'), at('ext')];
    await writeFile(ext, extensions);
    await run('openssl', [
      'req',
      '-newkey',
      'ec',
      ...curve,
      '-nodes',
      '-keyout',
      key,
      '-out',
      request,
      '-subj',
      `/CN=${name}`,
    ]);
    const signer = ['-CA', join(dir, `${ca}.pem`), '-CAkey', join(dir, `${ca}.key`), '-CAcreateserial'];
    await run('openssl', ['x509', '-req', '-in', request, '-out', cert, ...signer, '-days', '2', '-extfile', ext]);
    return { cert, key };
  }
});

type KeyPair = ReturnType<typeof nkeys.createUser>;

const curve = ['-pkeyopt', 'ec_paramgen_curve:prime256v1'];

/** A JWT of NATS's, as its operators' tool would sign it. */
function jwt(issuer: KeyPair, subject: KeyPair, nats: object): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    jti: 'x',
    iat: 1_700_000_000,
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name: 'x',
    nats,
  };
  const unsigned = `${encode({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encode(claims)}`;
  return `${unsigned}.${Buffer.from(issuer.sign(Buffer.from(unsigned))).toString('base64url')}`;
}
