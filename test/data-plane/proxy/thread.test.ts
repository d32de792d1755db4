import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchOnce } from '#test/support/client.ts';
import { freePort } from '#test/support/ports.ts';
import { within } from '#test/support/wait.ts';
import type { FromThread, ThreadData, ToThread } from '../../../data-plane/proxy/thread-message.ts';
import { createScoreboard } from '../../../data-plane/scoreboard/scoreboard.ts';

const workers: Worker[] = [];
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.terminate();
});

/** A proxy thread without its agent. */
async function startThread() {
  const workerData: ThreadData = {
    thread: 0,
    threads: 1,
    scoreboard: createScoreboard({ slots: 8, locks: 4, threads: 1 }),
    gracefulTimeoutMs: 1000,
    product: 'Penstock/test',
  };
  const worker = new Worker(new URL('../../../data-plane/proxy/thread.ts', import.meta.url), { workerData });
  workers.push(worker);
  const died = once(worker, 'error').then(([error]) => Promise.reject(error));
  died.catch(() => {});
  const next = async (): Promise<FromThread> => {
    for (;;) {
      const [message] = (await Promise.race([once(worker, 'message'), died])) as [FromThread];
      if (message.type !== 'generations-released') return message;
    }
  };
  const ask = (message: ToThread): Promise<FromThread> => {
    const answer = next();
    worker.postMessage(message);
    return within(`the answer to ${message.type}`, answer);
  };
  await within('ready', next());
  return { ask };
}

/** A generation that serves nothing but listens. */
function listening(number: number, port: number, address = '127.0.0.1'): ToThread {
  const listeners = [{ address, port, configuredPort: port }];
  return { type: 'generation', number, base: 0, revision: number, part: [], listeners };
}

describe('a proxy thread', () => {
  it('serves connections that came while a generation was prepared, and survives those that left', async () => {
    const { ask } = await startThread();
    const port = await freePort();
    expect(await ask(listening(1, port))).toMatchObject({
      type: 'generation-prepared',
    });
    const leaving = connect({ port, host: '127.0.0.1' });
    leaving.on('error', () => {});
    await once(leaving, 'connect');
    leaving.write('GET /');
    leaving.resetAndDestroy();
    const early = fetchOnce(port, '/early', [['Host', 'x.test']]);
    expect(await ask({ type: 'generation-commit', number: 1 })).toMatchObject({ type: 'generation-serving' });
    expect((await within('the early answer', early)).status).toBe(404);
    expect((await fetchOnce(port, '/late', [['Host', 'x.test']])).status).toBe(404);
  });

  it('lets go of what it bound for a generation that is abandoned', async () => {
    const { ask } = await startThread();
    const [first, second] = [await freePort(), await freePort()];
    await ask(listening(1, first));
    await ask({ type: 'generation-commit', number: 1 });
    await ask(listening(2, second));
    const waiting = connect({ port: second, host: '127.0.0.1' });
    await once(waiting, 'connect');
    waiting.resume();
    waiting.on('error', () => {}); // Accepted or still in the kernel's queue: it ends either way.
    const ended = new Promise((resolve) => waiting.once('close', resolve));
    void ask({ type: 'generation-abandon', number: 2 }).catch(() => {});
    await within('the end', ended);
    expect((await fetchOnce(first, '/', [['Host', 'x.test']])).status).toBe(404);
  });

  it('refuses a generation whose address it cannot bind, and serves on', async () => {
    const { ask } = await startThread();
    const port = await freePort();
    await ask(listening(1, port));
    await ask({ type: 'generation-commit', number: 1 });
    const refused = await ask(listening(2, port, '203.0.113.1'));
    expect(refused).toMatchObject({ type: 'generation-refused', number: 2 });
    expect((await fetchOnce(port, '/', [['Host', 'x.test']])).status).toBe(404);
  });
});
