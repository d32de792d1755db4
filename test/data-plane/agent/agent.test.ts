import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import { WorkerStatus } from '#shared/definition/worker-status.ts';
import { workerThreads } from '../../../data-plane/agent/worker-thread.ts';
import type { FromThread } from '../../../data-plane/proxy/thread-message.ts';
import { publish } from '../../support/fleet-history.ts';
import { listenOnFreePort } from '../../support/ports.ts';
import { eventually, within } from '../../support/wait.ts';
import { configuration, type NodeBed, nodeBed } from './node-bed.ts';

const A = 'http://10.0.0.1';
const B = 'http://10.0.0.2';

describe('agent', () => {
  let bed: NodeBed;

  beforeEach(async () => {
    bed = await nodeBed();
  });

  afterEach(() => bed.close());

  const phases = () => bed.acks.map(({ revision, phase }) => `${revision} ${phase}`);

  it('brings every thread to a snapshot and acknowledges when all serve it', async () => {
    const node = await bed.start();
    await bed.put(1, { definition: configuration([A, B]) });
    await node.serving(1);
    expect(bed.told('serving').toSorted()).toEqual(['serving 0 1', 'serving 1 1']);
    await eventually('acknowledgements', () => bed.acks.length >= 2);
    expect(phases()).toEqual(['1 received', '1 serving']);
    expect(node.servingRevision()).toBe(1);
    expect(node.workers()).toMatchObject([
      { balancer: 'app', url: A, status: WorkerStatus.INITIALIZED, loadfactor: 1, incarnation: 1, requests: 0n },
      { balancer: 'app', url: B },
    ]);
  });

  it('takes the newest of the snapshots that came while it was busy', async () => {
    const node = await bed.start();
    for (let revision = 1; revision <= 20; revision++) await bed.put(revision, { definition: configuration([A]) });
    await node.serving(20);
    expect(node.servingRevision()).toBe(20);
  });

  it('lets no thread swap when one refuses, and keeps serving what it has', async () => {
    const node = await bed.start();
    await bed.put(1, { definition: configuration([A]) });
    await node.serving(1);
    await bed.put(2, { definition: configuration([A, B], 'refuse') });
    await expect(node.serving(2)).rejects.toThrow(/n1 rejected revision 2: pattern \( does not compile/);
    await eventually('both threads forget it', () => bed.told('abandoned').length === 2);
    expect(node.servingRevision()).toBe(1);
    expect(node.workers().map(({ url }) => url)).toEqual([A]);
    await eventually('rejection', () => bed.acks.at(-1)?.phase === 'rejected');
    expect(bed.acks.at(-1)?.errors).toEqual([
      { object: 'snapshot 2', code: 'compile', text: 'pattern ( does not compile' },
    ]);
    await bed.put(3, { definition: configuration([A, B]) });
    await node.serving(3);
    expect(bed.told('serving').toSorted()).toEqual(['serving 0 1', 'serving 0 3', 'serving 1 1', 'serving 1 3']);
  });

  it('rejects what a thread does not answer in time', async () => {
    const node = await bed.start({ answerTimeoutMs: 200 });
    await bed.put(1, { definition: configuration([A], 'silent') });
    await expect(node.serving(1)).rejects.toThrow(/proxy thread 0 did not answer within 200 ms/);
  });

  it('ends a thread that goes on giving no answer, and starts it again with what is served', async () => {
    const node = await bed.start({ answerTimeoutMs: 200 });
    await bed.put(1, { definition: configuration([A]) });
    await node.serving(1);
    await bed.put(2, { definition: configuration([A], 'silent') });
    await expect(node.serving(2)).rejects.toThrow(/proxy thread 0 did not answer/);
    await eventually('thread 0 serves again', () => bed.told('serving').length === 3);
    expect(bed.told('serving').toSorted()).toEqual(['serving 0 1', 'serving 0 1', 'serving 1 1']);
    await bed.put(3, { definition: configuration([A, B]) });
    await node.serving(3);
  });

  it('does not wait for a thread that died after it had prepared', async () => {
    const node = await bed.start({ answerTimeoutMs: 60_000 });
    await bed.put(1, { definition: configuration([A], 'die-prepared') });
    await within('the swap', node.serving(1), 10_000);
    expect(bed.told('serving')).toContain('serving 1 1');
    expect(bed.lines.find(({ code }) => code === 'DP1201')).toMatchObject({ thread: 0, locks: 1 });
  });

  it('rejects a configuration that cannot be placed, and lives', async () => {
    const node = await bed.start();
    await bed.put(1, { definition: configuration([A]) });
    await node.serving(1);
    await bed.put(2, { definition: configuration(['no URL']) });
    await expect(node.serving(2)).rejects.toThrow(/worker "no URL"/);
    await eventually('rejection', () => bed.acks.at(-1)?.phase === 'rejected');
    expect(bed.acks.at(-1)?.errors).toMatchObject([{ object: 'snapshot 2', code: 'compile' }]);
    await bed.put(3, { definition: configuration([A, B]) });
    await node.serving(3);
  });

  it('rejects what a thread dies of while preparing, and starts the thread again with what is served', async () => {
    const node = await bed.start();
    await bed.put(1, { definition: configuration([A]) });
    await node.serving(1);
    await bed.put(2, { definition: configuration([A], 'die-preparing') });
    await expect(node.serving(2)).rejects.toThrow(/proxy thread 0 stopped: poisoned while preparing/);
    await eventually('thread 0 serves again', () => bed.told('serving').length === 3);
    expect(bed.told('serving').toSorted()).toEqual(['serving 0 1', 'serving 0 1', 'serving 1 1']);
  });

  it('goes back to what it served when every thread dies of the swap', async () => {
    const node = await bed.start();
    await bed.put(1, { definition: configuration([A]) });
    await node.serving(1);
    await bed.put(2, { definition: configuration([A, B], 'all-die-committing') });
    await expect(node.serving(2)).rejects.toThrow(/every proxy thread died when it swapped/);
    await eventually('both threads serve again', () => bed.told('serving').length === 4);
    expect(new Set(bed.told('serving'))).toEqual(new Set(['serving 0 1', 'serving 1 1']));
    expect([node.servingRevision(), node.workers().length]).toEqual([1, 1]);
  });

  it('gives up a thread that dies of everything it is given, and serves with the other', async () => {
    const node = await bed.start();
    await bed.put(1, { definition: configuration([A], 'die-committing') });
    await node.serving(1);
    await eventually('thread 0 given up', () => bed.lines.some(({ code }) => code === 'DP1202'));
    expect(bed.lines.filter(({ code }) => code === 'DP1201')).toHaveLength(3);
    await bed.put(2, { definition: configuration([A, B]) });
    await node.serving(2);
    expect(bed.told('serving')).toEqual(['serving 1 1', 'serving 1 2']);
  });

  it('frees the lock and takes back the requests of a thread that died inside a critical section', async () => {
    const node = await bed.start();
    await bed.put(1, { definition: configuration([A], 'die-with-lock') });
    await node.serving(1);
    await eventually('thread 0 serves again', () => bed.told('serving').length === 3);
    expect(bed.lines.find(({ code }) => code === 'DP1201')).toMatchObject({ thread: 0, locks: 1, exchanges: 1 });
    expect(node.workers()).toMatchObject([{ busy: 0 }]);
    // Needs lock 0.
    await bed.put(2, { definition: configuration([A, B]) });
    await node.serving(2);
  });

  it.each([
    { name: 'another fleet', source: { fleet: 'other' }, code: 'wrong-fleet' },
    { name: 'the same revision with other content', source: { definition: configuration([B]) }, code: 'fork' },
    { name: 'features it does not know', source: { revision: 6, requiredFeatures: ['teapot'] }, code: 'unsupported' },
    { name: 'an emptied configuration', source: { revision: 6, definition: EMPTY_DEFINITION }, code: 'implausible' },
  ])('rejects a snapshot of $name', async ({ source, code }) => {
    const node = await bed.start();
    await bed.put(5, { definition: configuration([A]) });
    await node.serving(5);
    await bed.put(5, source);
    const rejection = await eventually('rejection', () => bed.acks.find(({ phase }) => phase === 'rejected'));
    expect(rejection.errors).toMatchObject([{ code }]);
    expect(node.servingRevision()).toBe(5);
  });

  it('takes an emptied configuration when the operator allows it', async () => {
    const node = await bed.start();
    await bed.put(1, { definition: configuration([A]) });
    await node.serving(1);
    await bed.put(2, { allowShrink: true });
    await node.serving(2);
    expect(node.workers()).toEqual([]);
  });

  it('is not moved by a head that is repeated, and tells once', async () => {
    const node = await bed.start();
    const one = await bed.put(1, { definition: configuration([A]) });
    await node.serving(1);
    for (let times = 0; times < 3; times++) await publish(bed.bus, one, 'fleet');
    await bed.put(2, { definition: configuration([A, B]) });
    await node.serving(2);
    await eventually('acknowledgements', () => phases().length >= 4);
    expect(phases()).toEqual(['1 received', '1 serving', '2 received', '2 serving']);
    expect(bed.told('serving')).toHaveLength(4);
  });

  it('survives noise on the bus', async () => {
    const node = await bed.start();
    await bed.bus.putLatest(subjects('fleet').head, new Uint8Array([1, 2, 3]));
    await eventually('log of noise', () => bed.lines.some(({ code }) => code === 'DP1107'));
    await bed.put(1, { definition: configuration([A]) });
    await node.serving(1);
  });

  it('goes on by a delta alone, and by what the bus keeps when it came late', async () => {
    const node = await bed.start();
    await bed.put(1, { definition: configuration([A]) });
    await node.serving(1);
    await bed.put(2, { definition: configuration([A, B]), deltaOnly: true });
    await node.serving(2);
    const late = await bed.start({ name: 'n2' });
    await bed.put(3, { definition: configuration([B]), deltaOnly: true });
    await late.serving(3);
    expect(late.workers().map(({ url }) => url)).toEqual([B]);
    expect(late.status()).toMatchObject({ confirmed: true, lagRevisions: 0, serving: { epoch: 1, revision: 3 } });
  });

  it('rejects more workers than there is room for, and takes others when drained rows are free', async () => {
    const node = await bed.start({ capacity: { slots: 2, locks: 1 }, reportIntervalMs: 20 });
    await bed.put(1, { definition: configuration([A, B]) });
    await node.serving(1);
    await bed.put(2, { definition: configuration([A, B, 'http://10.0.0.3']) });
    await expect(node.serving(2)).rejects.toThrow(/3 workers are configured, but the scoreboard has room for 2/);
    await bed.put(3, { definition: configuration([A], 'keep-older') });
    await node.serving(3);
    await bed.put(4, { definition: configuration([A, 'http://10.0.0.3']) });
    await expect(node.serving(4)).rejects.toThrow(/and 1 removed ones still finish their exchanges/);
    await bed.put(5, { definition: configuration([A]) });
    await node.serving(5);
    await eventually('the row to be free', () => bed.reports.at(-1)?.workers.length === 1);
    await bed.put(6, { definition: configuration([A, 'http://10.0.0.3']) });
    await node.serving(6);
  });

  it('rejects for good what can have no room while its own removals keep theirs, and takes it in two changes', async () => {
    const node = await bed.start({ capacity: { slots: 3, locks: 1 } });
    const others = ['http://10.0.0.3', 'http://10.0.0.4'];
    await bed.put(1, { definition: configuration([A, B]) });
    await node.serving(1);
    await bed.put(2, { definition: configuration(others) });
    await expect(node.serving(2)).rejects.toThrow(
      /2 workers are configured, and the 2 that go keep their place until .* room for 3: make the change in two, or/,
    );
    expect(node.status()).toMatchObject({ rejected: [{ revision: 2, passing: false }], serving: { revision: 1 } });
    await bed.put(3, { definition: configuration([A]) });
    await node.serving(3);
    await eventually('the row to be free', () => bed.reports.at(-1)?.workers.length === 1);
    await bed.put(4, { definition: configuration(others) });
    await node.serving(4);
  });

  it('rejects an address that another process holds, by name', async () => {
    const stranger = createServer();
    const port = await listenOnFreePort(stranger);
    const node = await bed.start();
    const definition = { ...configuration([A]), listeners: [{ address: '127.0.0.1', port }] };
    await bed.put(1, { definition });
    await expect(node.serving(1)).rejects.toThrow(`cannot listen on 127.0.0.1:${port}: another process listens there`);
    await new Promise((resolve) => stranger.close(resolve));
    await bed.put(2, { definition });
    await node.serving(2);
    expect(node.listeners()).toEqual([{ address: '127.0.0.1', port, configuredPort: port }]);
  });

  it('lays an override over the workers while they live', async () => {
    const node = await bed.start();
    await bed.put(1, { definition: configuration([A, B]) });
    await node.serving(1);
    const drain = { status: { set: WorkerStatus.DRAIN, clear: 0 }, lbset: 3, route: 'r1' };
    await bed.put(2, {
      definition: configuration([A, B]),
      overrides: [{ balancer: 'app', worker: A, parameters: drain, actor: 'ada', sinceMs: 1 }],
    });
    await node.serving(2);
    expect(node.workers()).toMatchObject([
      { url: A, status: WorkerStatus.INITIALIZED | WorkerStatus.DRAIN, lbset: 3, route: 'r1', incarnation: 1 },
      { url: B, status: WorkerStatus.INITIALIZED },
    ]);
  });

  it('reports what it serves, absolute counters and the end of the run', async () => {
    const node = await bed.start({ reportIntervalMs: 10 });
    await bed.put(1, { definition: configuration([A]) });
    await node.serving(1);
    await eventually('a report of revision 1', () => bed.reports.at(-1)?.serving?.revision === 1);
    await node.stop();
    await eventually('the last report', () => bed.reports.at(-1)?.final === true);
    expect(bed.reports.map(({ seq }) => seq)).toEqual(bed.reports.map((_, i) => i + 1));
    expect(new Set(bed.reports.map(({ bootId }) => bootId))).toEqual(new Set([node.bootId]));
    expect(bed.reports.at(-1)?.workers).toMatchObject([{ balancer: 'app', url: A, requests: 0n }]);
  });

  it('reports what a removed worker did up to its end, again in every complete report', async () => {
    const node = await bed.start({ reportIntervalMs: 3_600_000 });
    await bed.put(1, { definition: configuration([A, B]) });
    await node.serving(1);
    await bed.put(2, { definition: configuration([B], 'keep-older') });
    await node.serving(2);
    await bed.put(3, { definition: configuration([B], 'count') });
    await node.serving(3);
    const gone = () =>
      bed.reports.filter(({ workers }) =>
        workers.some(({ url, retired, requests }) => url === A && retired && requests === 5n),
      );
    await eventually('the report after the change', () => bed.reports.some(({ serving }) => serving?.revision === 3));
    expect(gone()).toHaveLength(1);
    for (let revision = 4; revision < 16; revision++) {
      await bed.put(revision, { definition: configuration([B]) });
      await node.serving(revision);
    }
    await eventually('the last report', () => bed.reports.at(-1)?.serving?.revision === 15);
    expect(gone().map(({ complete }) => complete)).toEqual([false, true]);
    expect(node.workers().map(({ url }) => url)).toEqual([B]);
  });

  it('reports rows that changed, and all of them every tenth time', async () => {
    const node = await bed.start({ reportIntervalMs: 10 });
    await bed.put(1, { definition: configuration([A, B]) });
    await node.serving(1);
    await eventually('twenty reports', () => bed.reports.length >= 20);
    const complete = bed.reports.filter((report) => report.complete);
    expect(complete.length).toBeLessThan(bed.reports.length / 2);
    expect(complete.at(-1)?.workers.map(({ url }) => url)).toEqual([A, B]);
    expect(bed.reports.filter((report) => !report.complete).at(-1)?.workers).toEqual([]);
  });

  it('tells of a worker that failed', async () => {
    const node = await bed.start();
    await bed.put(1, { definition: configuration([A], 'worker-error') });
    await node.serving(1);
    const seen = await eventually('the observation', () => bed.observations.find((one) => one.observations.length > 0));
    expect(seen).toMatchObject({ node: 'n1', bootId: node.bootId, fleet: 'fleet' });
    expect(seen.observations).toMatchObject([{ balancer: 'app', worker: A, kind: 'failed' }]);
  });

  it('tells of a worker that fails while threads swap before they have swapped', async () => {
    const goOn = Promise.withResolvers<void>();
    const fake = workerThreads(new URL('./fixtures/fake-proxy-thread.ts', import.meta.url));
    const node = await bed.start({ answerTimeoutMs: 60_000 }, (data, events) => {
      const onMessage = (message: FromThread): void => {
        if (data.thread !== 0 || message.type !== 'generation-prepared' || message.number !== 2) {
          events.onMessage(message);
          return;
        }
        events.onMessage({ type: 'worker-error', slot: 0, reason: 'connect-refused', timeMs: 1000 });
        void goOn.promise.then(() => events.onMessage(message));
      };
      return fake(data, { ...events, onMessage });
    });
    await bed.put(1, { definition: configuration([A]) });
    await node.serving(1);
    await bed.put(2, { definition: configuration([A, B]) });
    const seen = await eventually('the observation', () => bed.observations.find((one) => one.observations.length > 0));
    expect(seen.observations).toMatchObject([{ balancer: 'app', worker: A, kind: 'failed' }]);
    expect(node.servingRevision()).toBe(1);
    goOn.resolve();
    await node.serving(2);
  });

  it('says how many exchanges it cut off when it stopped', async () => {
    const node = await bed.start();
    await bed.put(1, { definition: configuration([A], 'unfinished') });
    await node.serving(1);
    const waiting = expect(node.serving(2)).rejects.toThrow('node n1 is stopping');
    expect(await node.stop()).toEqual({ unfinished: 2 });
    await waiting;
  });

  it('does not start when no thread does, and names the cause', async () => {
    await expect(
      bed.start({}, (_data, { onExit }) => {
        setImmediate(() => onExit(new Error('no such script')));
        return { post: () => {}, terminate: () => {} };
      }),
    ).rejects.toThrow(/every proxy thread died too often; the last: no such script/);
  });

  it('names every mistake in its options', async () => {
    await expect(bed.start({ name: 'a.b', threads: 0 })).rejects.toThrow(
      /name "a\.b": want one word.*threads 0: want 1/,
    );
  });

  describe('with a disk', () => {
    let dataDir: string;

    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'penstock-node-'));
    });

    afterEach(() => rm(dataDir, { recursive: true, force: true }));

    it('starts with what it served last, before it hears anything, and then catches up', async () => {
      const first = await bed.start({ dataDir });
      await bed.put(1, { definition: configuration([A]) });
      await first.serving(1);
      await first.stop();
      await bed.close();

      bed = await nodeBed();
      const second = await bed.start({ dataDir });
      expect(second.servingRevision()).toBe(1);
      await bed.put(2, { definition: configuration([A, B]) });
      await second.serving(2);
      expect(await readdir(join(dataDir, 'configurations'))).toHaveLength(2);
    });

    it('calls no revision served that only a disk ahead of the store has', async () => {
      const first = await bed.start({ dataDir });
      await bed.put(5, { definition: configuration([A]) });
      await first.serving(5);
      await first.stop();
      await bed.close();

      bed = await nodeBed();
      const second = await bed.start({ dataDir });
      const waiting = expect(second.serving(2)).rejects.toThrow(
        /revision 5 of epoch 1 is served; a node never goes back/,
      );
      await bed.put(2, { definition: configuration([A, B]) });
      await waiting;
      expect(second.servingRevision()).toBe(5);
    });

    it('is served for sure when the bus brings what is on disk', async () => {
      const first = await bed.start({ dataDir });
      await bed.put(5, { definition: configuration([A]) });
      await first.serving(5);
      await first.stop();
      await bed.close();

      bed = await nodeBed();
      await bed.put(5, { definition: configuration([A]) });
      const second = await bed.start({ dataDir });
      await second.serving(5);
      expect(bed.told('serving')).toHaveLength(2);
    });

    it('serves from memory when the disk refuses, and says so', async () => {
      await writeFile(join(dataDir, 'configurations'), 'in the way');
      const node = await bed.start({ dataDir });
      await bed.put(1, { definition: configuration([A]) });
      await node.serving(1);
      const ack = await eventually('acknowledgement', () => bed.acks.find(({ phase }) => phase === 'serving'));
      expect(ack.errors).toMatchObject([{ code: 'storage' }]);
    });
  });
});
