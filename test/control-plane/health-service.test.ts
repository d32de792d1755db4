import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sqliteFleetStore } from '../../control-plane/adapters/sqlite-fleet-store.ts';
import type { HealthInput } from '../../control-plane/core/health/health-core.ts';
import { foldHealth, NO_VERDICTS } from '../../control-plane/core/health/health-state.ts';
import { type HealthService, startHealthService } from '../../control-plane/health-service.ts';
import type { FleetStore, HealthLog } from '../../control-plane/ports.ts';
import { type Bus, subjects } from '../../shared/bus.ts';
import { decodeHealthFrame, decodeMembers, encodeHealthFrame } from '../../shared/codec/health-codec.ts';
import { encodeObservations } from '../../shared/codec/node-codec.ts';
import type { VerdictPolicy } from '../../shared/definition/balancer.ts';
import { type FleetState, INITIAL_STATE } from '../../shared/event/fold.ts';
import type { HealthFrame } from '../../shared/health/health-frame.ts';
import { createInProcessBus } from '../../shared/in-process-bus.ts';
import type { Report } from '../../shared/node-message.ts';
import { createMemoryHealthLog } from '../support/memory-health-log.ts';
import { eventually } from '../support/wait.ts';
import { BALANCER, contentOf, FLEET, speakerOf, url } from './core/health/given.ts';

const names = subjects(FLEET);
const silentLog = { debug() {}, info() {}, warn() {}, error() {} };

describe('central health', () => {
  let dir: string;
  let store: FleetStore;
  let bus: Bus;
  let frames: HealthFrame[];
  let state: FleetState;
  const reportListeners = new Set<(report: Report) => void>();
  const services: HealthService[] = [];

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'penstock-health-'));
    store = openStore();
    bus = createInProcessBus();
    frames = [];
    state = { ...INITIAL_STATE, ...contentOf({ kind: 'any' }, 3), revision: 1 };
    await bus.subscribe(names.health, (payload) => frames.push(decodeHealthFrame(payload)));
  });

  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.stop()));
    reportListeners.clear();
    await bus.close();
    await store.close();
    rmSync(dir, { recursive: true });
  });

  function openStore(): FleetStore {
    return sqliteFleetStore({
      path: join(dir, 'events.db'),
      fleet: FLEET,
      clock: Date.now,
      commandRetentionMs: 86_400_000,
      onTailError: (err) => {
        throw err;
      },
    });
  }

  async function replica(options: { health?: HealthLog; periodMs?: number; checkpointEvery?: number } = {}) {
    const { health = store.health, ...settings } = options;
    const service = await startHealthService({
      fleet: FLEET,
      health,
      bus,
      registry: {
        onReport(listener) {
          reportListeners.add(listener);
          return () => reportListeners.delete(listener);
        },
      },
      state: () => state,
      settings: { periodMs: 200, ...settings },
      log: silentLog,
    });
    services.push(service);
    return service;
  }

  async function configure(policy: VerdictPolicy): Promise<void> {
    state = { ...state, ...contentOf(policy, 3), revision: 2, chainHash: '2'.repeat(64) };
  }

  /** Sends what a node says the way it goes. */
  async function send(input: HealthInput, as?: string): Promise<void> {
    if (input.kind === 'report') for (const listener of reportListeners) listener(input.message);
    if (input.kind !== 'observations') return;
    await bus.publish(names.observation(as ?? input.message.node), encodeObservations(input.message));
  }

  const verdictsOf = (service: HealthService) =>
    service
      .view()
      .workers.filter(({ verdict }) => verdict === 'unavailable')
      .map(({ worker }) => worker);
  const entries = () => store.health.read(1, 1_000);

  it('tells nodes of the first failed connection, and again each period', async () => {
    await replica();
    await send(speakerOf('n1').says('failed'));
    const frame = await eventually('a frame with the verdict', () => frames.find(({ version }) => version === 1));
    expect(frame.unavailable).toMatchObject([{ worker: url(1), since: 1 }]);
    await eventually('more frames', () => frames.filter(({ version }) => version === 1).length > 2);
    const kept = await bus.getLatest(names.health);
    expect(kept && decodeHealthFrame(kept.payload)).toEqual(frame.version === 1 ? frames.at(-1) : frame);
  });

  it('tells nodes of each other', async () => {
    await replica();
    await send(speakerOf('n2', { zone: 'west' }).reports());
    await send(speakerOf('n1').reports());
    const members = await eventually('both members', async () => {
      const kept = await bus.getLatest(names.members);
      const told = kept && decodeMembers(kept.payload);
      return told?.members.length === 2 && told;
    });
    expect(members.members).toEqual([{ node: 'n1' }, { node: 'n2', zone: 'west' }]);
    await eventually('a frame that names them', () => frames.at(-1)?.membersVersion === members.version);
  });

  it('believes no node that speaks in the name of another', async () => {
    const service = await replica();
    await send(speakerOf('n1').says('failed'), 'n2');
    await eventually('it is refused', () => service.dropped() === 1);
    expect(await entries()).toEqual([]);
  });

  it('is the same at two replicas, and recorded once', async () => {
    const a = await replica();
    const b = await replica();
    await configure({ kind: 'majority' });
    const nodes = [1, 2, 3].map((n) => speakerOf(`n${n}`));
    for (const node of nodes) await send(node.reports());
    await Promise.all(nodes.flatMap((node) => [1, 2, 3].map((n) => send(node.says('failed', url(n))))));
    const all = [url(1), url(2), url(3)];
    for (const one of [a, b]) {
      await eventually('all verdicts', () => verdictsOf(one).join() === all.join());
    }
    const events = (await entries()).flatMap((entry) => entry.events);
    expect(events.map((event) => event.type)).toEqual(all.map(() => 'worker-unavailable'));
    expect(a.view().version).toBe(b.view().version);
  });

  it('goes on when one of two replicas is gone', async () => {
    const a = await replica();
    const b = await replica();
    const node = speakerOf('n1');
    await send(node.says('failed', url(1)));
    await eventually('both know', () => verdictsOf(a).length === 1 && verdictsOf(b).length === 1);
    await a.stop();
    await send(node.says('failed', url(2)));
    await eventually('the other goes on', () => verdictsOf(b).length === 2);
    const before = frames.length;
    await eventually('and tells the nodes', () =>
      frames.slice(before).some(({ unavailable }) => unavailable.length === 2),
    );
  });

  it('puts the newer verdicts in place of older ones that came late', async () => {
    await replica({ periodMs: 60_000 });
    await send(speakerOf('n1').says('failed'));
    await eventually('the verdict', () => frames.some(({ version }) => version === 1));
    const old: HealthFrame = { ...(frames.at(-1) as HealthFrame), version: 0, unavailable: [] };
    await bus.putLatest(names.health, encodeHealthFrame(old));
    await eventually('the newer is kept', async () => {
      const kept = await bus.getLatest(names.health);
      return kept !== undefined && decodeHealthFrame(kept.payload).version === 1;
    });
  });

  it('knows its verdicts again after a restart, from a checkpoint and what came after it', async () => {
    const first = await replica({ checkpointEvery: 2 });
    const node = speakerOf('n1');
    for (const n of [1, 2, 3]) {
      await send(node.says('failed', url(n)));
      await eventually('a verdict', () => verdictsOf(first).length === n);
    }
    await eventually('a checkpoint', async () => (await store.health.loadCheckpoint())?.version === 2);
    await first.stop();
    await store.close();
    store = openStore();
    const second = await replica();
    expect(verdictsOf(second)).toEqual([url(1), url(2), url(3)]);
    expect(second.view().version).toBe(3);
  });

  it('waits, after a restart into a running fleet, for what its nodes hold', async () => {
    await configure({ kind: 'majority' });
    const nodes = [1, 2, 3].map((n) => speakerOf(`n${n}`));
    const first = await replica();
    for (const node of nodes) await send(node.reports());
    await eventually('members', async () => {
      const kept = await bus.getLatest(names.members);
      return kept !== undefined && decodeMembers(kept.payload).members.length === 3;
    });
    await first.stop();
    const second = await replica();
    const [a, b, c] = nodes;
    // Alone it would be a majority of those that have been heard.
    await send(a?.says('failed') as HealthInput);
    for (const node of [b, c]) {
      const observation = { balancer: BALANCER, worker: url(1), kind: 'check-passed', reason: '', timeMs: 1 } as const;
      await send(node?.holds([observation]) as HealthInput);
    }
    await send(
      a?.holds([{ balancer: BALANCER, worker: url(1), kind: 'failed', reason: '', timeMs: 2 }]) as HealthInput,
    );
    await eventually('all are heard', () => {
      const { opinions } = second.healthView(BALANCER, url(1));
      return opinions.available === 2 && opinions.unavailable === 1;
    });
    expect(verdictsOf(second)).toEqual([]);
    await send(b?.says('failed') as HealthInput);
    await eventually('a true majority', () => verdictsOf(second).length === 1);
  });

  it('goes on telling what it knows while the log is down, says so, and records when it is back', async () => {
    const health = createMemoryHealthLog();
    const service = await replica({ health });
    const node = speakerOf('n1');
    await send(node.says('failed', url(1)));
    await eventually('the first verdict', () => verdictsOf(service).length === 1);
    health.fail('the store is down');
    await send(node.says('failed', url(2)));
    await eventually('it says so', () => service.view().notRecording?.reason === 'the store is down');
    expect(verdictsOf(service)).toEqual([url(1)]);
    expect(await service.clear({ balancer: BALANCER, worker: url(1), actor: 'ops', reason: '' })).toEqual({
      kind: 'not-recorded',
      reason: 'the store is down',
    });
    const before = frames.length;
    await eventually('frames go on', () => frames.length > before + 2);
    health.fail(undefined);
    await eventually('the second verdict', () => verdictsOf(service).length === 2);
    expect(service.view().notRecording).toBeUndefined();
  });

  it('follows a log that has gone back, and decides anew what it has lost', async () => {
    let health = createMemoryHealthLog();
    const changing: HealthLog = {
      append: (...args) => health.append(...args),
      read: (...args) => health.read(...args),
      version: () => health.version(),
      tail: (...args) => health.tail(...args),
      saveCheckpoint: (...args) => health.saveCheckpoint(...args),
      loadCheckpoint: () => health.loadCheckpoint(),
    };
    const service = await replica({ health: changing });
    const node = speakerOf('n1');
    await send(node.says('failed', url(1)));
    await send(node.says('failed', url(2)));
    await eventually('two verdicts', () => verdictsOf(service).length === 2);
    health = createMemoryHealthLog();
    await send(node.says('failed', url(3)));
    await eventually('all three in the new log', () => {
      const log = health.entries.reduce(foldHealth, NO_VERDICTS);
      return log.verdicts.size === 3 && service.view().version === health.entries.length;
    });
  });

  it('lets an operator clear a verdict, at every replica', async () => {
    const a = await replica();
    const b = await replica();
    await send(speakerOf('n1').says('failed'));
    await eventually('both know', () => verdictsOf(a).length === 1 && verdictsOf(b).length === 1);
    const request = { balancer: BALANCER, worker: url(1), actor: 'ops@host', reason: 'wrong' };
    expect(await b.clear(request)).toEqual({ kind: 'cleared', version: 2 });
    await eventually('the other knows', () => verdictsOf(a).length === 0);
    expect(await a.clear(request)).toEqual({ kind: 'no-verdict' });
    expect((await a.history(1))[0]?.events).toEqual([{ type: 'worker-available', ...request, witnesses: [] }]);
    expect(a.healthView(BALANCER, url(1)).opinions).toEqual({ available: 0, unavailable: 0 });
  });

  it('begins with the log as it is when its tail says that it has gone back, though it has nothing to append', async () => {
    const before = createMemoryHealthLog();
    const after = createMemoryHealthLog();
    let log = before;
    let tellRegressed = () => {};
    const service = await replica({
      health: {
        append: (version, events) => log.append(version, events),
        read: (from, limit) => log.read(from, limit),
        version: () => log.version(),
        tail(from, listener, onRegressed = () => {}) {
          tellRegressed = onRegressed;
          return log.tail(from, listener);
        },
        saveCheckpoint: (version, bytes) => log.saveCheckpoint(version, bytes),
        loadCheckpoint: () => log.loadCheckpoint(),
      },
    });
    const unavailable = { balancer: BALANCER, zones: [], policy: 'any', reason: '', witnesses: [] };
    await before.append(0, [{ type: 'worker-unavailable', worker: url(1), ...unavailable }]);
    await eventually('the verdict', () => service.healthView(BALANCER, url(1)).verdict === 'unavailable');
    // As many entries, and others: no append under a version would ever be refused.
    await after.append(0, [{ type: 'worker-unavailable', worker: url(2), ...unavailable }]);
    log = after;
    tellRegressed();
    await eventually('the other verdict', () => service.healthView(BALANCER, url(2)).verdict === 'unavailable');
    expect(service.healthView(BALANCER, url(1)).verdict).toBe('available');
  });
});
