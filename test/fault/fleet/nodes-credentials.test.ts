import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Authority, createAuthority, FOR_CLIENTS, FOR_SERVERS } from '#test/support/certificates.ts';
import { converged, countsAgree } from '#test/support/fleet/audit.ts';
import { type Fleet, type FleetNode, startFleet } from '#test/support/fleet/fleet.ts';
import { startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';
import { type NatsServer, startNats } from '#test/support/nats.ts';
import { createJwtOperator } from '#test/support/nats-jwt.ts';
import { eventually } from '#test/support/wait.ts';

const DAY_S = 86_400;

describe('a node or replica whose credentials', () => {
  const dir = mkdtempSync(join(tmpdir(), 'penstock-credentials-'));
  let fleet: Fleet;
  let nats: NatsServer;
  let traffic: VerifiedTraffic;

  afterAll(async () => {
    await traffic?.stop();
    await fleet?.close();
    await nats?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const node = (index: number) => fleet.nodes[index] as FleetNode;
  const replica = () => fleet.replicas[0] as Fleet['replicas'][number];

  /** NaN: there is no such metric. */
  async function metric({ url }: { readonly url: string }, name: string): Promise<number> {
    const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
    return Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length));
  }

  const edit = () => {
    const parameters = { loadfactor: 1 + Math.floor(Math.random() * 99) };
    const body = { balancer: 'app', worker: fleet.backends[0]?.url, parameters };
    return fleet.operator.commit({ method: 'PUT', path: '/v1/overrides', body });
  };

  /** A node without its channel: it serves what it served, and says what is wrong. */
  async function isCutOff(of: FleetNode, reason: RegExp): Promise<void> {
    await eventually(`${of.name} to lose the bus`, async () => {
      const { bus } = (await of.status()) ?? {};
      return bus?.connected === false && reason.test(bus.detail);
    });
    expect(await metric(of, 'penstock_node_bus_connected')).toBe(0);
    expect(of.output()).toContain('DP1116');
    const { serving } = await of.status();
    const revision = await edit();
    const others = fleet.nodes.filter((each) => each !== of);
    await Promise.all(others.map((each) => each.serving(revision)));
    await traffic.more(20);
    expect((await of.status()).serving).toEqual(serving);
    expect(await of.isReady()).toBe(true);
  }

  describe('are a password and a certificate', () => {
    let authority: Authority;
    let certFile: (index: number) => string;
    const users = ['cp', 'n0', 'n1'];

    beforeAll(async () => {
      authority = await createAuthority(dir);
      const server = await authority.issue('server', { days: 30, extension: FOR_SERVERS });
      const issued = await Promise.all(
        ['cp', 'n0', 'n1'].map((name, index) =>
          authority.issue(name, { days: index === 1 ? 10 : 30, extension: FOR_CLIENTS }),
        ),
      );
      certFile = (index) => issued[index + 1]?.certFile ?? '';
      const password = join(dir, 'password');
      writeFileSync(password, 's3cret');
      nats = await startNats({
        config: [
          `tls { cert_file: "${server.certFile}", key_file: "${server.keyFile}", ca_file: "${authority.caFile}", verify: true }`,
          'authorization { users: [',
          ...users.map((user) => `  { user: ${user}, password: s3cret }`),
          '] }',
        ].join('\n'),
      });
      const flags = (index: number) => [
        ...['--nats-user', users[index] ?? '', '--nats-password-file', password, '--nats-ca', authority.caFile],
        ...['--nats-cert', issued[index]?.certFile ?? '', '--nats-key', issued[index]?.keyFile ?? ''],
      ];
      fleet = await startFleet({
        replicas: 1,
        nodes: 2,
        backends: 2,
        nats: `tls://127.0.0.1:${nats.port}`,
        nodeArgs: (index) => flags(index + 1),
        replicaArgs: () => flags(0),
      });
      traffic = startVerifiedTraffic(fleet.nodes, { pauseMs: 10 });
      await traffic.more(10);
    });

    /** Has the server go by these users only. */
    async function reload(allowed: readonly string[]): Promise<void> {
      const file = join(nats.dir, 'nats.conf');
      const lines = readFileSync(file, 'utf8').split('\n');
      const others = lines.filter((line) => !/^ {2}\{ user: /.test(line));
      const at = others.findIndex((line) => line.startsWith('authorization')) + 1;
      others.splice(at, 0, ...allowed.map((user) => `  { user: ${user}, password: s3cret }`));
      writeFileSync(file, others.join('\n'));
      process.kill(nats.pid(), 'SIGHUP');
    }

    test('end within 14 days is warned of it, and the metric says when', async () => {
      expect(node(0).output()).toMatch(/DP1123.*nats-cert expires in (9|10) days/);
      expect(node(1).output()).not.toContain('DP1123');
      const name = 'penstock_credentials_expire_seconds{credential="nats-cert"}';
      expect(await metric(node(0), name)).toBeGreaterThan(9 * DAY_S);
      expect(await metric(node(0), name)).toBeLessThan(11 * DAY_S);
      expect(await metric(replica(), name)).toBeGreaterThan(29 * DAY_S);
      expect((await node(0).status()).credentials).toMatchObject([{ credential: 'nats-cert', file: certFile(0) }]);
    });

    test('are revoked goes on serving without the channel, and follows again when it may', async () => {
      await reload(['cp', 'n1']);
      await isCutOff(node(0), /authorization|authentication/i);
      await eventually('word of why', () => /DP1119.*authorization/.test(node(0).output()));
      await reload(users);
      await converged(fleet);
    });

    test('are revoked, as a replica, answers and commits, and publishes when it may again', async () => {
      await reload(['n0', 'n1']);
      await eventually(
        'the replica to lose the bus',
        async () => (await metric(replica(), 'penstock_bus_connected')) === 0,
      );
      await eventually('word of why', () => /CP2803.*authorization/.test(replica().output()));
      const { status, body } = await fleet.operator.get('/readyz');
      expect(status).toBe(200);
      expect(JSON.stringify(body.troubles)).toMatch(/bus cannot be reached/);
      await edit();
      await traffic.more(20);
      await reload(users);
      await converged(fleet);
    });

    test('have expired goes on serving without the channel, and follows again with new ones', async () => {
      const expired = await authority.issue('expired', { days: -1, extension: FOR_CLIENTS });
      const spare = join(dir, 'spare.pem');
      const keyFile = certFile(1).replace(/pem$/, 'key');
      copyFileSync(certFile(1), spare);
      copyFileSync(keyFile, `${spare}.key`);
      copyFileSync(expired.keyFile, keyFile);
      copyFileSync(expired.certFile, certFile(1));
      // Certificates are looked at when connections are made.
      await nats.kill();
      await nats.start();
      await eventually('the others to be back', async () => (await node(0).status())?.bus.connected === true);
      await isCutOff(node(1), /certificate|tls|closed|disconnect/i);
      copyFileSync(`${spare}.key`, keyFile);
      copyFileSync(spare, certFile(1));
      await converged(fleet);
    });

    test('come and go is nothing that clients notice, or that is not counted', async () => {
      await traffic.stop();
      expect(traffic.faults()).toEqual([]);
      await countsAgree(fleet);
      await fleet.close();
      await nats.close();
    });
  });

  describe('are a JWT', () => {
    const operator = createJwtOperator();
    const creds = (name: string) => join(dir, `${name}.creds`);

    beforeAll(async () => {
      nats = await startNats({ config: operator.config });
      writeFileSync(creds('cp'), operator.creds(Date.now() + 3 * DAY_S * 1_000));
      writeFileSync(creds('n0'), operator.creds(Date.now() + DAY_S * 1_000));
      writeFileSync(creds('n1'), operator.creds());
      fleet = await startFleet({
        replicas: 1,
        nodes: 2,
        backends: 2,
        nats: nats.url,
        nodeArgs: (index) => ['--nats-creds', creds(`n${index}`)],
        replicaArgs: () => ['--nats-creds', creds('cp')],
      });
      traffic = startVerifiedTraffic(fleet.nodes, { pauseMs: 10 });
    });

    test('that ends is warned of it', async () => {
      expect(replica().output()).toMatch(/CP2804.*nats-creds expires in [23] days/);
      expect(node(0).output()).toMatch(/DP1123.*nats-creds expires in 2[34] hours/);
      const name = 'penstock_credentials_expire_seconds{credential="nats-creds"}';
      expect(await metric(node(0), name)).toBeLessThan(DAY_S);
      expect(await metric(node(1), name)).toBeNaN();
    });

    test('that has ended goes on serving without the channel, and follows again with a new one', async () => {
      writeFileSync(creds('n0'), operator.creds(Date.now() + 3_000));
      await nats.kill();
      await nats.start();
      await eventually('the end of it', () => /DP1119.*authorization/.test(node(0).output()));
      await isCutOff(node(0), /authorization|authentication|expired/i);
      writeFileSync(creds('n0'), operator.creds());
      await converged(fleet);
      await traffic.more(10);
      await traffic.stop();
      expect(traffic.faults()).toEqual([]);
      await countsAgree(fleet);
    });
  });
});
