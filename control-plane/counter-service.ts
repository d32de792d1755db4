import { setImmediate as turn } from 'node:timers/promises';
import { type Bus, subjects } from '#shared/bus.ts';
import { decodeReport } from '#shared/codec/node-codec.ts';
import type { Definition } from '#shared/definition/definition.ts';
import type { Report } from '#shared/node-message.ts';
import type { FleetTotals } from './core/projection/fleet-counters.ts';
import type { LedgerLimits } from './core/projection/node-limits.ts';
import { createCounterLedgers } from './counter-ledgers.ts';
import { startFleetTraffic } from './fleet-traffic.ts';
import type { Logger } from './log.ts';
import type { NodeRegistry } from './node-registry.ts';
import type { Clock, RecordStore } from './ports.ts';

/** The fleet's counters: kept over restarts of nodes and replicas, whatever reports are lost, repeated or reordered. */
export type CounterService = FleetTotals & {
  status(): CounterStatus;
  /** Stores what is not stored yet; resolves when that is done or failed. */
  save(): Promise<void>;
  /** Stores what is not stored yet, and stops. */
  stop(): Promise<void>;
};

export type CounterStatus = {
  /** Nodes whose newest counts are in memory only. */
  readonly unsaved: number;
  /** Reports not taken, or not whole: of boots closed long ago, of nodes too many, of more workers and routes than are counted of one node. */
  readonly dropped: number;
  /** What makes totals less than they should be, for operators. */
  readonly faults: readonly string[];
};

export type CounterServiceOptions = {
  readonly fleet: string;
  readonly bus: Bus;
  readonly records: RecordStore;
  readonly onReport: NodeRegistry['onReport'];
  /** The fleet's configuration: says which balancers share out the fleet's traffic. */
  readonly state: () => Promise<{ readonly definition: Definition }>;
  readonly clock: Clock;
  /** How often what changed is stored. */
  readonly saveMs: number;
  /** How often nodes are told the fleet's totals, when anybody wants them. */
  readonly trafficPeriodMs: number;
  /** Nodes counted at most, those that left included. */
  readonly maxNodes: number;
  /** What is counted of one node, over all its runs. */
  readonly limits?: LedgerLimits;
  readonly log: Logger;
};

/** Several finals that come together are stored together. */
const FINAL_DELAY_MS = 20;
/** Another replica may have stored, and taken from the bus, what this one never heard of. */
const RELOAD_MS = 60_000;
/** Reloading takes no larger part of the time than one in this. */
const RELOAD_SHARE = 100;

/** Loads what is stored, as far as the store answers, and listens to reports and to the last words of boots that have ended. */
export async function startCounterService(options: CounterServiceOptions): Promise<CounterService> {
  const { fleet, bus, log } = options;
  const pattern = subjects(fleet).allFinalReports;
  const ledgers = createCounterLedgers(options);
  /** Last words by key on the bus, until they are stored. */
  const finals = new Map<string, Report>();
  let dropped = 0;
  let failure: string | undefined;
  let reloadAtMs = 0;
  /** When the bus is looked through for last words that were not delivered. */
  let findAtMs = performance.now() + RELOAD_MS;
  let saving: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** When `timer` is due, by the monotonic clock. */
  let dueMs = Number.POSITIVE_INFINITY;
  let isStopped = false;

  function take(report: Report): void {
    const { isNews, isWhole } = ledgers.take(report);
    if (!isWhole) dropped++;
    if (isNews && report.final) saveSoon();
  }

  function takeFinal(payload: Uint8Array, key: string): void {
    const report = lastWord(payload, key);
    // The rest stays on the bus, for a time when there is room.
    if (report === undefined || (finals.size >= options.maxNodes && !finals.has(key))) return;
    finals.set(key, report);
    if (ledgers.isStored(report)) saveSoon();
    else take(report);
  }

  /** Takes from the bus what is stored: not before, and only if it is still the same. A long last report comes in parts, one by one. */
  async function forgetFinals(): Promise<void> {
    for (const key of finals.keys()) {
      const kept = await bus.getLatest(key);
      if (kept !== undefined) {
        const report = lastWord(kept.payload, key);
        if (report === undefined) continue;
        if (!ledgers.isStored(report)) {
          finals.set(key, report);
          // Only news can be stored soon: what is known and not stored yet may never be, and is left to the regular passes.
          if (ledgers.take(report).isNews) saveSoon();
          continue;
        }
        await bus.remove(key);
      }
      finals.delete(key);
    }
  }

  /** undefined for what is not to be taken: it stays on the bus, and keeps nothing else there. */
  function lastWord(payload: Uint8Array, key: string): Report | undefined {
    try {
      return readFinal(fleet, payload, key);
    } catch (err) {
      finals.delete(key);
      log.warn({ code: 'CP2604', key, err }, 'a final report was not taken');
      return undefined;
    }
  }

  async function load(): Promise<void> {
    const startMs = performance.now();
    await ledgers.load();
    const endMs = performance.now();
    reloadAtMs = endMs + Math.max(RELOAD_MS, RELOAD_SHARE * (endMs - startMs));
  }

  async function saveAll(): Promise<void> {
    try {
      if (failure !== undefined || performance.now() >= reloadAtMs) await load();
      // Those that found no room, or a store that went back, are counted now.
      for (const report of finals.values()) ledgers.take(report);
      await ledgers.store();
      if (failure !== undefined) log.info({ code: 'CP2603' }, 'counters are stored again');
      failure = undefined;
    } catch (err) {
      const reason = err instanceof Error ? err.message : String(err);
      if (failure === undefined)
        log.warn({ code: 'CP2602', reason }, 'counters could not be stored; it is tried again');
      failure = reason;
    }
    try {
      if (performance.now() >= findAtMs) await findFinals();
      await forgetFinals();
    } catch (err) {
      // They stay where they are, and count no second time.
      log.debug({ code: 'CP2606', err }, 'stored final reports could not be taken from the bus; it is tried again');
    }
  }

  /** One pass at a time; who asks meanwhile gets one that begins after this one. */
  async function save(): Promise<void> {
    while (saving !== undefined) await saving;
    saving = saveAll().finally(() => {
      saving = undefined;
    });
    await saving;
  }

  function saveSoon(): void {
    // While the store fails, finals wait for the next attempt like everything else.
    if (failure === undefined) schedule(FINAL_DELAY_MS);
  }

  function schedule(delayMs: number): void {
    const atMs = performance.now() + delayMs;
    if (isStopped || atMs >= dueMs) return;
    clearTimeout(timer);
    dueMs = atMs;
    timer = setTimeout(() => void saveAndGoOn(), delayMs);
  }

  async function saveAndGoOn(): Promise<void> {
    dueMs = Number.POSITIVE_INFINITY;
    const startMs = performance.now();
    await save();
    // A store that is slow is not asked all the time.
    schedule(Math.max(options.saveMs, 2 * (performance.now() - startMs)));
  }

  /** What nodes said last may be kept already, and not delivered yet. */
  async function takeLastFinals(): Promise<void> {
    await turn();
    await findFinals();
  }

  /** Nobody says it a second time: what a watch misses would stay on the bus. */
  async function findFinals(): Promise<void> {
    findAtMs = performance.now() + RELOAD_MS;
    for (const key of await bus.keys(pattern)) {
      const kept = await bus.getLatest(key);
      if (kept !== undefined) takeFinal(kept.payload, key);
    }
  }

  try {
    await load();
  } catch (err) {
    log.warn({ code: 'CP2602', err }, 'counters could not be loaded; it is tried again');
    failure = err instanceof Error ? err.message : String(err);
  }
  const stopReports = options.onReport(take);
  const subscription = await bus.watchLatest(pattern, takeFinal);
  const stopStatus = bus.onStatus(({ connected }) => {
    if (connected) reloadAtMs = 0;
  });
  schedule(options.saveMs);
  const { totals } = ledgers;
  const traffic = await startFleetTraffic({
    fleet,
    bus,
    totals: () => (ledgers.cut().size > 0 ? undefined : totals.totals('workers')),
    state: options.state,
    periodMs: options.trafficPeriodMs,
    log,
  });

  return {
    ...totals,
    status: () => ({
      unsaved: ledgers.unsaved(),
      dropped,
      faults: [
        ...[...ledgers.refused()].map(([node, why]) => `the stored counters of node ${node} cannot be read: ${why}`),
        ...(failure === undefined ? [] : [`counters cannot be stored: ${failure}`]),
        ...[...ledgers.cut()].map(
          (node) => `node ${node} reports more workers and routes than are counted of one node`,
        ),
        ...(ledgers.size() < options.maxNodes ? [] : [`${ledgers.size()} nodes are counted; further ones are not`]),
      ],
    }),
    save,
    async stop() {
      await traffic.stop();
      await takeLastFinals().catch(() => {
        // Without the bus they stay on it.
      });
      isStopped = true;
      clearTimeout(timer);
      stopReports();
      stopStatus();
      await subscription.unsubscribe();
      await save();
    },
  };
}

/** @throws when the report is not the last one of the boot and node it is kept under: the key is the node's own, its payload may say anything */
function readFinal(fleet: string, payload: Uint8Array, key: string): Report {
  const report = decodeReport(payload);
  const [node, bootId] = key.split('.').slice(-2);
  const { final } = report;
  if (report.fleet === fleet && report.node === node && report.bootId === bootId && final) return report;
  throw new Error(`final=${final} of node "${report.node}", boot ${report.bootId}, fleet "${report.fleet}"`);
}
