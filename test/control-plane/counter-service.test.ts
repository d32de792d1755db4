import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Bus, subjects } from '#shared/bus.ts';
import { encodeReport } from '#shared/codec/node-codec.ts';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import type { Report } from '#shared/node-message.ts';
import { reportOf, routeRow, workerRow } from '#test/support/reports.ts';
import { sqliteFleetStore } from '../../control-plane/adapters/sqlite-fleet-store.ts';
import type { LedgerLimits } from '../../control-plane/core/projection/node-limits.ts';
import { type CounterService, startCounterService } from '../../control-plane/counter-service.ts';
import type { LogFields, Logger } from '../../control-plane/log.ts';
import { startNodeRegistry } from '../../control-plane/node-registry.ts';
import type { FleetStore, RecordStore } from '../../control-plane/ports.ts';
import { eventually } from '../support/wait.ts';

const FLEET = 'f';
const KEY = 'app http://10.0.0.1:8080';

/** A report of `n` requests. */
const counted = (n: number, change: Partial<Report> = {}) =>
  reportOf({
    fleet: FLEET,
    workers: [workerRow({ requests: BigInt(n), bytesOut: BigInt(n) * 100n })],
    routes: [routeRow({ requests: BigInt(n) })],
    ...change,
  });

describe('the counter service', () => {
  let dir: string;
  let store: FleetStore;
  let bus: Bus;
  let lines: LogFields[];
  const stops: (() => Promise<void>)[] = [];

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'penstock-counters-'));
    store = open();
    bus = createInProcessBus();
    lines = [];
  });

  afterEach(async () => {
    vi.useRealTimers();
    for (const stop of stops.splice(0)) await stop();
    await bus.close();
    await store.close();
    rmSync(dir, { recursive: true });
  });

  const open = () =>
    sqliteFleetStore({
      path: join(dir, 'fleet.db'),
      fleet: FLEET,
      clock: Date.now,
      commandRetentionMs: 86_400_000,
      onTailError: (err) => {
        throw err;
      },
    });

  const log: Logger = {
    debug: (fields) => lines.push(fields),
    info: (fields) => lines.push(fields),
    warn: (fields) => lines.push(fields),
    error: (fields) => lines.push(fields),
  };
  const logged = () => lines.map(({ code }) => code);

  type Replica = CounterService & {
    /** As `kill -9` would. */
    kill(): Promise<void>;
    /** As if the bus had come back: then it loads what is stored, and stores what is not. */
    reload(): Promise<void>;
  };

  async function replica(
    options: { records?: RecordStore; saveMs?: number; maxNodes?: number; limits?: LedgerLimits } = {},
  ): Promise<Replica> {
    const { records = store.counters, saveMs = 3_600_000, maxNodes = 100, limits } = options;
    let killed = false;
    let tellStatus: Parameters<Bus['onStatus']>[0] = () => {};
    const registry = await startNodeRegistry({
      fleet: FLEET,
      bus,
      clock: Date.now,
      maxNodes: 10_000,
      onUnreadable: (err) => {
        throw err;
      },
    });
    const counters = await startCounterService({
      fleet: FLEET,
      bus: {
        ...bus,
        getLatest: (key) => bus.getLatest(key),
        onStatus(listener) {
          tellStatus = listener;
          return () => {};
        },
      },
      records: {
        ...records,
        save: (...args) => (killed ? Promise.reject(new Error('killed')) : records.save(...args)),
      },
      onReport: (listener) =>
        registry.onReport((report) => {
          if (!killed) listener(report);
        }),
      state: async () => ({ definition: EMPTY_DEFINITION }),
      clock: Date.now,
      saveMs,
      trafficPeriodMs: 3_600_000,
      maxNodes,
      ...(limits === undefined ? {} : { limits }),
      log,
    });
    const stop = async () => {
      await registry.stop();
      await counters.stop();
    };
    stops.push(stop);
    return {
      ...counters,
      stop,
      async reload() {
        tellStatus(bus.status());
        await counters.save();
      },
      async kill() {
        killed = true;
        await stop();
      },
    };
  }

  const send = (report: Report) => bus.publish(subjects(FLEET).report(report.node), encodeReport(report));
  const putFinal = (report: Report) =>
    bus.putLatest(subjects(FLEET).finalReport(report.node, report.bootId), encodeReport(report));
  const keptFinals = () => bus.keys(subjects(FLEET).allFinalReports);
  const requests = (service: CounterService) => service.totals('workers').get(KEY)?.requests ?? 0n;
  const counts = (service: CounterService, n: bigint) =>
    eventually(`a total of ${n}`, () => requests(service) === n || undefined);

  test('sums what nodes report: per worker, route, balancer and node', async () => {
    const service = await replica();
    await send(counted(5));
    await send(counted(7, { node: 'n2' }));
    await counts(service, 12n);
    expect(service.totals('routes').get('main ProxyPass /')?.requests).toBe(12n);
    expect(service.byOwner().get('app')?.bytesOut).toBe(1_200n);
    expect(service.byNode().get('n2')?.requests).toBe(7n);
    expect(service.status()).toEqual({ unsaved: 2, dropped: 0, faults: [] });
  });

  test('has everything again after a restart, and counts on', async () => {
    const first = await replica();
    await send(counted(5));
    await counts(first, 5n);
    await first.stop();
    await store.close();
    store = open();
    const second = await replica();
    expect(requests(second)).toBe(5n);
    await send(counted(9, { seq: 2 }));
    await counts(second, 9n);
  });

  test('loses nothing when a replica is killed before it stored: nodes say it again', async () => {
    const first = await replica();
    await send(counted(5));
    await counts(first, 5n);
    await first.save();
    await send(counted(8, { seq: 2 }));
    await counts(first, 8n);
    await first.kill();
    const second = await replica();
    expect(requests(second)).toBe(5n);
    await send(counted(8, { seq: 3 }));
    await counts(second, 8n);
  });

  test('stores what changed as often as it was told to', async () => {
    const service = await replica({ saveMs: 5 });
    await send(counted(5));
    await eventually('the counts are stored', () => requests(service) === 5n && service.status().unsaved === 0);
    expect([...(await store.counters.load()).keys()]).toEqual(['n1']);
  });

  test('takes the last word of a killed node from its next boot, and from the bus once it is stored', async () => {
    const service = await replica();
    await send(counted(5, { bootId: 'boot-1' }));
    await counts(service, 5n);
    // What was counted after the last report, from the node's disk.
    await putFinal(counted(6, { bootId: 'boot-1', seq: 9, final: true }));
    await send(counted(1, { bootId: 'boot-2' }));
    await counts(service, 7n);
    await eventually('the bus to be rid of it', async () => (await keptFinals()).length === 0);
    const restarted = await replica();
    expect(requests(restarted)).toBeGreaterThanOrEqual(6n);
    expect(restarted.ofNode('n1')?.boots.get('boot-1')?.final).toBe(true);
  });

  test('takes a last report that comes in parts under one key, each when the one before is stored', async () => {
    const service = await replica();
    for (let part = 1; part <= 4; part++) {
      const workers = [workerRow({ url: `http://10.0.0.${part}:8080`, requests: 10n })];
      await putFinal(reportOf({ fleet: FLEET, seq: part, final: true, complete: false, workers }));
      await eventually(`part ${part} to be taken`, async () => (await keptFinals()).length === 0);
    }
    expect(service.byOwner().get('app')?.requests).toBe(40n);
    expect(service.status().unsaved).toBe(0);
  });

  test('takes what nodes put while no control plane was there', async () => {
    for (let i = 1; i <= 30; i++) await putFinal(counted(i, { bootId: `boot-${i}`, final: true }));
    const service = await replica();
    await counts(service, 465n);
    await eventually('the bus to be rid of them', async () => (await keptFinals()).length === 0);
    expect(service.ofNode('n1')?.boots.size).toBeLessThanOrEqual(5);
    expect(requests(service)).toBe(465n);
  });

  test('counts a final that comes again no second time, and takes it from the bus again', async () => {
    const service = await replica();
    for (let i = 1; i <= 8; i++) await putFinal(counted(10, { bootId: `boot-${i}`, final: true }));
    await counts(service, 80n);
    await eventually('the bus to be rid of them', async () => (await keptFinals()).length === 0);
    for (let i = 1; i <= 8; i++) await putFinal(counted(10, { bootId: `boot-${i}`, final: true }));
    await eventually('the bus to be rid of them again', async () => (await keptFinals()).length === 0);
    expect(requests(service)).toBe(80n);
  });

  test('leaves a final on the bus as long as it is not stored', async () => {
    let isDown = true;
    const records: RecordStore = {
      ...store.counters,
      save: (...args) => (isDown ? Promise.reject(new Error('no answer')) : store.counters.save(...args)),
    };
    const service = await replica({ records, saveMs: 5 });
    await putFinal(counted(6, { final: true }));
    await counts(service, 6n);
    await eventually('the failure to be said', () => logged().includes('CP2602'));
    expect(service.status()).toMatchObject({ unsaved: 1, faults: ['counters cannot be stored: no answer'] });
    expect(await keptFinals()).toHaveLength(1);
    isDown = false;
    await eventually('the bus to be rid of it', async () => (await keptFinals()).length === 0);
    expect(logged().filter((code) => code === 'CP2602')).toHaveLength(1);
    expect(logged()).toContain('CP2603');
    expect(service.status()).toEqual({ unsaved: 0, dropped: 0, faults: [] });
  });

  test('counts in memory when the store does not even load, and loads when it answers', async () => {
    const before = await replica();
    await send(counted(5));
    await counts(before, 5n);
    await before.stop();
    let isDown = true;
    const whenUp =
      <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
      (...args: A): Promise<R> =>
        isDown ? Promise.reject(new Error('no answer')) : work(...args);
    const records = { ...store.counters, load: whenUp(store.counters.load), save: whenUp(store.counters.save) };
    const service = await replica({ records, saveMs: 5 });
    await send(counted(3, { node: 'n2' }));
    await counts(service, 3n);
    isDown = false;
    await counts(service, 8n);
  });

  test('agrees with other replicas on one record, whoever stores first', async () => {
    const [a, b] = [await replica(), await replica()];
    await send(counted(5));
    await counts(a, 5n);
    await counts(b, 5n);
    await Promise.all([a.save(), b.save(), a.save(), b.save()]);
    await send(counted(9, { seq: 2 }));
    await counts(b, 9n);
    await Promise.all([b.save(), a.save()]);
    await Promise.all([b.save(), a.save()]);
    for (const service of [a, b]) {
      expect(requests(service)).toBe(9n);
      expect(service.status().unsaved).toBe(0);
    }
    expect(requests(await replica())).toBe(9n);
  });

  test('comes to the same over many boots, with reports lost, repeated and reordered, and replicas killed', async () => {
    let alive = await replica({ saveMs: 1 });
    const other = await replica({ saveMs: 1 });
    let truth = 0n;
    for (let boot = 1; boot <= 25; boot++) {
      const bootId = `boot-${boot}`;
      const said = Array.from({ length: 6 }, (_, i) =>
        counted((i + 1) * boot, { bootId, seq: i + 1, complete: false }),
      );
      truth += BigInt(6 * boot);
      for (const report of [said[3], said[1], said[1], said[4], said[0]]) if (report !== undefined) await send(report);
      if (boot % 6 === 0) {
        await alive.kill();
        alive = await replica({ saveMs: 1 });
      }
      await putFinal(counted(6 * boot, { bootId, seq: 7, final: true }));
      await send(said[2] ?? counted(0));
    }
    await counts(other, truth);
    await eventually('the bus to be rid of finals', async () => (await keptFinals()).length === 0);
    await alive.stop();
    await other.stop();
    const last = await replica();
    expect(requests(last)).toBe(truth);
    expect(last.ofNode('n1')?.boots.size).toBeLessThanOrEqual(20);
  });

  test('bears a storm of reports', async () => {
    const service = await replica({ saveMs: 1 });
    const urls = Array.from({ length: 100 }, (_, i) => `http://10.1.0.${i}:80`);
    for (let seq = 1; seq <= 40; seq++) {
      for (let n = 0; n < 20; n++) {
        const workers = urls.map((url) => workerRow({ url, requests: BigInt(seq * 3) }));
        await send(reportOf({ fleet: FLEET, node: `n${n}`, seq, workers }));
      }
      await eventually('the bus to be read', () => service.byNode().get('n19')?.requests === BigInt(seq * 300));
    }
    expect(service.byOwner().get('app')?.requests).toBe(20n * 100n * 120n);
    await service.stop();
    expect((await replica()).byOwner().get('app')?.requests).toBe(20n * 100n * 120n);
  });

  test('never overwrites a record it cannot read, and says so once', async () => {
    const damaged = new TextEncoder().encode('penstock-counters 1 0000\n{}');
    await store.counters.save('n1', 0, damaged);
    const service = await replica({ saveMs: 5 });
    await send(counted(5));
    await counts(service, 5n);
    await service.save();
    await service.save();
    expect((await store.counters.load()).get('n1')?.bytes).toEqual(damaged);
    expect(service.status().faults).toEqual([
      expect.stringMatching(/the stored counters of node n1 cannot be read: .*damaged/),
    ]);
    expect(logged()).toEqual(['CP2601']);
    // Whoever removes it has decided that what is in memory goes on.
    await store.counters.remove('n1');
    await service.reload();
    expect(service.status()).toEqual({ unsaved: 0, dropped: 0, faults: [] });
    expect(requests(await replica())).toBe(5n);
  });

  describe('when a final cannot be stored', () => {
    /** Requests to the bus within the time of 500 passes that are made soon. */
    async function asked(service: CounterService): Promise<number> {
      const spy = vi.spyOn(bus, 'getLatest');
      await putFinal(counted(5, { final: true }));
      await eventually('it to be heard', () => service.status().dropped > 0 || requests(service) === 5n);
      for (let i = 0; i < 100; i++) await vi.advanceTimersByTimeAsync(100);
      expect(await keptFinals()).toHaveLength(1);
      return spy.mock.calls.length;
    }

    beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));

    test('does not ask for it over and over, because the stored record cannot be read', async () => {
      await store.counters.save('n1', 0, new TextEncoder().encode('penstock-counters 1 0000\n{}'));
      expect(await asked(await replica({ saveMs: 60_000 }))).toBeLessThanOrEqual(2);
    });

    test('does not ask for it over and over, because its node is one too many', async () => {
      const service = await replica({ saveMs: 60_000, maxNodes: 1 });
      await send(counted(1, { node: 'n2' }));
      await counts(service, 1n);
      expect(await asked(service)).toBeLessThanOrEqual(2);
    });

    test('takes others from the bus, even if what is kept there has become unreadable', async () => {
      const service = await replica({ saveMs: 60_000, maxNodes: 2 });
      await store.counters.save('n1', 0, new TextEncoder().encode('penstock-counters 1 0000\n{}'));
      await asked(service);
      await bus.putLatest(subjects(FLEET).finalReport('n1', 'boot-1'), new Uint8Array([1, 2, 3]));
      await putFinal(counted(7, { node: 'n2', final: true }));
      await counts(service, 12n);
      for (let i = 0; i < 100; i++) await vi.advanceTimersByTimeAsync(100);
      expect(await keptFinals()).toEqual([subjects(FLEET).finalReport('n1', 'boot-1')]);
    });
  });

  test('stores anew what the store has lost, of nodes that are gone too', async () => {
    const [a, b] = [await replica(), await replica()];
    await send(counted(5));
    await send(counted(7, { node: 'n2' }));
    for (const service of [a, b]) await counts(service, 12n);
    await a.save();
    await b.save();
    for (const node of ['n1', 'n2']) await store.counters.remove(node);
    // What one has stored meanwhile, of the same nodes, the other finds when it stores.
    await send(counted(9, { node: 'n2', seq: 2 }));
    for (const service of [a, b]) await counts(service, 14n);
    for (const service of [a, b]) await service.reload();
    expect([...(await store.counters.load()).keys()].sort()).toEqual(['n1', 'n2']);
    for (const service of [a, b]) expect(service.status()).toMatchObject({ unsaved: 0, faults: [] });
    expect(requests(await replica())).toBe(14n);
  });

  test('takes no final that is not of the boot and node it is kept under', async () => {
    const service = await replica();
    const key = subjects(FLEET).finalReport('n1', 'boot-1');
    await bus.putLatest(key, encodeReport(counted(5, { node: 'n2', final: true })));
    await eventually('the refusal', () => logged().includes('CP2604'));
    expect(requests(service)).toBe(0n);
    expect(await keptFinals()).toEqual([key]);
  });

  test('counts no more nodes than it was told to, and says so', async () => {
    const service = await replica({ maxNodes: 1 });
    await send(counted(5));
    await counts(service, 5n);
    await send(counted(5, { node: 'n2' }));
    await eventually('the report to be dropped', () => service.status().dropped === 1);
    expect(service.status().faults).toEqual(['1 nodes are counted; further ones are not']);
  });

  test('counts no more of one node than it was told to, says so as long as it is so, and keeps no final waiting for it', async () => {
    const service = await replica({ limits: { series: 2, recordChars: 10_000 }, saveMs: 5 });
    await send(counted(5));
    await counts(service, 5n);
    const flood = Array.from({ length: 100 }, (_, i) => workerRow({ url: `http://10.1.0.${i}`, requests: 1n }));
    await send(counted(5, { seq: 2, workers: [...flood, workerRow({ requests: 7n })] }));
    await counts(service, 7n);
    const fault = 'node n1 reports more workers and routes than are counted of one node';
    expect(service.status()).toMatchObject({ dropped: 1, faults: [fault] });
    expect(service.totals('workers').size).toBe(1);
    await send(counted(4, { node: 'n2' }));
    await counts(service, 11n);
    await putFinal(counted(9, { seq: 3, final: true, workers: [workerRow({ requests: 9n }), ...flood] }));
    await counts(service, 13n);
    await eventually('the bus to be rid of it', async () => (await keptFinals()).length === 0);
    expect(logged().filter((code) => code === 'CP2607')).toHaveLength(1);
    await send(counted(1, { bootId: 'boot-2' }));
    await counts(service, 14n);
    expect(service.status().faults).toEqual([]);
  });
});
