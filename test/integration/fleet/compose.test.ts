import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { image } from '#test/support/docker/images.ts';
import { freePort } from '#test/support/ports.ts';
import { programOf } from '#test/support/program.ts';
import { eventually } from '#test/support/wait.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs Compose as this machine has it: the engine's plug-in, or the program of its own. */
async function composeCommand(): Promise<readonly [string, ...string[]]> {
  const hasPlugIn = await run('docker', ['compose', 'version']).then(
    () => true,
    () => false,
  );
  return hasPlugIn ? ['docker', 'compose'] : [programOf('docker-compose', 'docker-compose')];
}

describe('docker compose up', () => {
  const ports = { node: [0, 0, 0], controlPlane: [0, 0] };
  let compose: (...args: string[]) => Promise<string>;
  const penstock = (...args: string[]) =>
    compose('exec', '-T', 'control-plane-2', 'node', 'control-plane/cli/penstock.ts', ...args);
  const answerOf = async (port: number) => {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(10_000) });
    return { status: answer.status, body: await answer.text() };
  };
  const serves = (port: number) =>
    answerOf(port).then(
      ({ status }) => status === 200,
      () => false,
    );

  beforeAll(async () => {
    const [program, ...prefix] = await composeCommand();
    ports.node = [await freePort(), await freePort(), await freePort()];
    ports.controlPlane = [await freePort(), await freePort()];
    const env = {
      ...process.env,
      COMPOSE_PROJECT_NAME: `penstock-test-${process.pid}`,
      PENSTOCK_IMAGE: 'penstock-test/penstock:compose',
      NODE_IMAGE: await image('node'),
      REDIS_IMAGE: await image('redis'),
      NATS_IMAGE: await image('nats'),
      ...Object.fromEntries(ports.node.map((port, i) => [`NODE_${i + 1}_PORT`, String(port)])),
      ...Object.fromEntries(ports.controlPlane.map((port, i) => [`CONTROL_PLANE_${i + 1}_PORT`, String(port)])),
    };
    compose = async (...args) => {
      const { stdout } = await run(program, [...prefix, ...args], { cwd: ROOT, env, maxBuffer: 16 * 1024 * 1024 });
      return stdout;
    };
    await compose('build', 'control-plane-1');
    await compose('up', '-d');
    for (const port of ports.node) await eventually(`a node on ${port}`, () => serves(port), 90_000);
  });

  afterAll(async () => {
    await compose?.('down', '--volumes', '--timeout', '1');
  });

  test('gives a fleet of three nodes that serve one configuration', async () => {
    for (const port of ports.node)
      expect((await answerOf(port)).body).toMatch(/^backend-[12] on port 9001 answers GET/);
    const { nodes } = JSON.parse(await penstock('nodes', '--json')) as {
      nodes: { name: string; live: boolean; current: boolean; stateHash: string }[];
    };
    expect(nodes.map(({ name, live, current }) => ({ name, live, current }))).toEqual(
      ['node-1', 'node-2', 'node-3'].map((name) => ({ name, live: true, current: true })),
    );
    expect(new Set(nodes.map(({ stateHash }) => stateHash)).size).toBe(1);
  });

  test('takes a dead backend out on every node, and a node goes on without the control plane', async () => {
    await compose('kill', 'backend-1');
    for (const port of ports.node) {
      await eventually(`backend-2 alone on ${port}`, async () => {
        const answers = await Promise.all([answerOf(port), answerOf(port), answerOf(port)]);
        return answers.every(({ body }) => body.startsWith('backend-2'));
      });
    }
    await compose('kill', 'control-plane-1', 'control-plane-2', 'redis', 'nats');
    for (const port of ports.node) expect((await answerOf(port)).status).toBe(200);
    await compose('up', '-d');
    await eventually(
      'the control plane to know its nodes again',
      async () => {
        const { nodes } = JSON.parse(await penstock('nodes', '--json').catch(() => '{"nodes":[]}')) as {
          nodes: { live: boolean; current: boolean }[];
        };
        return nodes.length === 3 && nodes.every(({ live, current }) => live && current);
      },
      60_000,
    );
  });

  test('runs as a user without rights on a file system that cannot be written', async () => {
    const id = (await compose('ps', '-q', 'node-1')).trim();
    const { stdout } = await run('docker', [
      'inspect',
      '--format',
      '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}}',
      id,
    ]);
    expect(stdout.trim()).toBe('65532:65532 true');
  });
});
