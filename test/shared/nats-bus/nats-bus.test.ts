import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { natsBus } from '#shared/nats-bus/nats-bus.ts';
import type { NatsServer } from '#test/support/nats.ts';
import { startNats } from '#test/support/nats.ts';
import { within } from '#test/support/wait.ts';
import { busContract } from '../bus.contract.ts';

let server: NatsServer;

beforeAll(async () => {
  server = await startNats();
});

afterAll(() => server.close());

let fleets = 0;

busContract('the NATS bus', async () => {
  const fleet = `contract${++fleets}`;
  const options = {
    servers: server.url,
    fleet,
    role: 'control-plane',
    storage: 'memory',
    maxStreamBytes: 16e6,
  } as const;
  const [ours, theirs] = await Promise.all([
    natsBus({ ...options, name: 'ours' }),
    natsBus({ ...options, name: 'theirs' }),
  ]);
  await Promise.all([ours.ready(), theirs.ready()]);
  const marks = new Map<string, () => void>();
  const mark = subjects(fleet).kept.replace('>', 'settled');
  await theirs.subscribe(mark, (payload) => marks.get(Buffer.from(payload).toString())?.());
  await theirs.subscribe('settled', (payload) => marks.get(Buffer.from(payload).toString())?.());
  return {
    ours,
    theirs,
    fleet,
    async settled() {
      // What was published before on this connection, or stored before in this stream, comes before these.
      const heard = (subject: string, send: (mark: string) => Promise<unknown>) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const id = randomUUID();
        marks.set(id, resolve);
        return Promise.all([within(`the mark on ${subject}`, promise), send(id)]);
      };
      await heard('settled', (id) => ours.publish('settled', Buffer.from(id)));
      await heard(mark, (id) => ours.putLatest(mark, Buffer.from(id)));
      await ours.remove(mark);
    },
  };
});
