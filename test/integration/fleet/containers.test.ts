import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createNetwork,
  type FaultyContainer,
  startNatsContainer,
  startRedisContainer,
} from '#test/support/docker/containers.ts';
import { connects } from '#test/support/program.ts';
import { eventually } from '#test/support/wait.ts';

describe('containers that faults are done to', () => {
  let network: Awaited<ReturnType<typeof createNetwork>>;
  let redis: FaultyContainer;
  let nats: FaultyContainer;

  beforeAll(async () => {
    network = await createNetwork();
    [redis, nats] = await Promise.all([startRedisContainer(network), startNatsContainer(network)]);
  });

  afterAll(async () => {
    await Promise.all([redis, nats].map((container) => container?.remove()));
    await network?.stop();
  });

  test('keep their data and their port when they are killed and started', async () => {
    await redis.run('redis-cli', 'set', 'kept', 'yes');
    await redis.kill();
    await eventually('the port to be closed', async () => !(await connects(redis.port)));
    await redis.start();
    await eventually('the port to be open', () => connects(redis.port));
    expect(await redis.run('redis-cli', 'get', 'kept')).toContain('yes');
  });

  test('can be taken off their network and put back', async () => {
    expect(await greets(nats.port)).toBe(true);
    await nats.disconnect();
    expect(await greets(nats.port)).toBe(false);
    await nats.connect();
    await eventually('the port to lead there again', () => greets(nats.port));
  });

  test('can be frozen', async () => {
    await redis.pause();
    await redis.unpause();
    expect(await redis.run('redis-cli', 'ping')).toContain('PONG');
  });
});

/** A NATS server speaks first. The engine's own proxy may accept a connection that leads nowhere. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1_000 });
    const end = (greeted: boolean) => {
      socket.destroy();
      resolve(greeted);
    };
    socket.once('data', () => end(true));
    for (const event of ['timeout', 'error', 'close']) socket.once(event, () => end(false));
  });
}
