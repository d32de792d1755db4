import { type Bus, type Subscription, subjects } from '#shared/bus.ts';
import { decodeReport } from '#shared/codec/node-codec.ts';
import type { Definition } from '#shared/definition/definition.ts';
import type { Report } from '#shared/node-message.ts';
import {
  afterLoad,
  afterSave,
  type CounterLedger,
  hasStoredFinal,
  NEW_LEDGER,
  needsSaving,
  recordOf,
  takeReport,
} from './core/projection/counter-ledger.ts';
import { decodeCounterRecord, encodeCounterRecord } from './core/projection/counter-record.ts';
import { takesBoot } from './core/projection/counters.ts';
import { createFleetSums, type FleetTotals } from './core/projection/fleet-counters.ts';
import { startFleetTraffic } from './fleet-traffic.ts';
import type { Logger } from './log.ts';
import type { NodeRegistry } from './node-registry.ts';
import type { Clock, RecordStore, VersionedRecord } from './ports.ts';

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
  /** Reports not taken: of boots closed long ago, or of nodes too many. */
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
  readonly log: Logger;
};

/** Several finals that come together are stored together. */
const FINAL_DELAY_MS = 20;
/** Another replica may know of nodes that this one never heard of. */
const RELOAD_MS = 300_000;
const REFUSED_RETRY_MS = 60_000;
/** Other replicas store the same nodes. */
const SAVE_ATTEMPTS = 8;
const FAILURES_IN_A_ROW = 3;

/** Loads what is stored, as far as the store answers, and listens to reports and to the last words of boots that have ended. */
export async function startCounterService(options: CounterServiceOptions): Promise<CounterService> {
  const { fleet, bus, records, clock, log } = options;
  const sums = createFleetSums();
  const ledgers = new Map<string, CounterLedger>();
  /** Nodes whose record cannot be read: it is never overwritten. */
  const refused = new Map<string, { readonly problem: string; readonly sinceMs: number }>();
  /** Last words by key on the bus, until they are stored. */
  const finals = new Map<string, Report>();
  let dropped = 0;
  let failure: string | undefined;
  let loadedMs = Number.NEGATIVE_INFINITY;
  let saving: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** When `timer` is due, by the monotonic clock. */
  let dueMs = Number.POSITIVE_INFINITY;
  let isStopped = false;

  function take(report: Report): void {
    const { node } = report;
    const ledger = ledgers.get(node) ?? NEW_LEDGER;
    const hasRoom = ledgers.has(node) || ledgers.size < options.maxNodes;
    if (!hasRoom || !takesBoot(ledger.counters, report.bootId)) {
      dropped++;
      return;
    }
    const after = takeReport(ledger, report, clock());
    ledgers.set(node, after);
    if (after !== ledger) sums.grow(node, after.counters, report);
    if (after !== ledger && report.final) saveSoon();
  }

  function takeFinal(payload: Uint8Array, key: string): void {
    try {
      const report = decodeReport(payload);
      const [node, bootId] = key.split('.').slice(-2);
      // The key is the node's own: only it may put there. What the payload says of itself must agree.
      if (report.fleet !== fleet || report.node !== node || report.bootId !== bootId || !report.final) {
        throw new Error(
          `final=${report.final} of node "${report.node}", boot ${report.bootId}, fleet "${report.fleet}"`,
        );
      }
      if (finals.size >= options.maxNodes && !finals.has(key)) return;
      finals.set(key, report);
      const ledger = ledgers.get(node);
      if (ledger === undefined || !hasStoredFinal(ledger, bootId)) take(report);
      saveSoon();
    } catch (err) {
      log.warn({ code: 'CP2604', key, err }, 'a final report was not taken');
    }
  }

  function put(node: string, ledger: CounterLedger): void {
    const before = ledgers.get(node)?.counters;
    ledgers.set(node, ledger);
    if (ledger.counters !== before) sums.replace(node, ledger.counters);
  }

  /** Takes what the store holds into account. */
  function learn(node: string, record: VersionedRecord | undefined): void {
    const ledger = ledgers.get(node) ?? NEW_LEDGER;
    try {
      const counters = record && decodeCounterRecord(fleet, node, record.bytes);
      refused.delete(node);
      put(node, afterLoad(ledger, counters, record?.version ?? 0));
    } catch (err) {
      const problem = err instanceof Error ? err.message : String(err);
      if (refused.get(node)?.problem !== problem) {
        log.error({ code: 'CP2601', node, err }, 'a stored record of counters cannot be read; it is left as it is');
      }
      refused.set(node, { problem, sinceMs: clock() });
      // As if there were none: storing succeeds only if somebody has removed it.
      put(node, { ...ledger, version: 0 });
    }
  }

  async function load(): Promise<void> {
    loadedMs = clock();
    for (const [node, record] of await records.load()) {
      if (ledgers.get(node)?.version !== record.version) learn(node, record);
    }
  }

  async function store(node: string): Promise<void> {
    for (let attempt = 0; attempt < SAVE_ATTEMPTS; attempt++) {
      const ledger = ledgers.get(node) ?? NEW_LEDGER;
      if (!needsSaving(ledger)) return;
      const record = recordOf(ledger);
      const result = await records.save(node, ledger.version, encodeCounterRecord(fleet, node, record));
      if (result.kind === 'saved') {
        refused.delete(node);
        return put(node, afterSave(ledgers.get(node) ?? ledger, record, result.version));
      }
      learn(node, result.record);
      if (refused.has(node)) return;
    }
  }

  /** Takes from the bus what is stored: not before, and only if it is still the same. */
  async function forgetFinals(): Promise<void> {
    for (const [key, report] of finals) {
      if (!isFinalStored(report)) take(report);
      if (!isFinalStored(report)) continue;
      const kept = await bus.getLatest(key);
      if (kept !== undefined) {
        take(decodeReport(kept.payload));
        const ledger = ledgers.get(report.node);
        if (ledger !== undefined && needsSaving(ledger)) continue;
        await bus.remove(key);
      }
      finals.delete(key);
    }
  }

  function isFinalStored({ node, bootId }: Report): boolean {
    const ledger = ledgers.get(node);
    return ledger !== undefined && hasStoredFinal(ledger, bootId);
  }

  /** One record that cannot be stored keeps no other from it; a store that takes none is left alone until the next time. */
  async function storeAll(): Promise<void> {
    let firstError: unknown;
    let failedInARow = 0;
    for (const node of [...ledgers.keys()]) {
      if (clock() - (refused.get(node)?.sinceMs ?? 0) < REFUSED_RETRY_MS) continue;
      try {
        await store(node);
        failedInARow = 0;
      } catch (err) {
        firstError ??= err;
        if (++failedInARow === FAILURES_IN_A_ROW) break;
      }
    }
    if (firstError !== undefined) throw firstError;
  }

  async function saveAll(): Promise<void> {
    try {
      if (failure !== undefined || clock() - loadedMs >= RELOAD_MS) await load();
      await storeAll();
      if (failure !== undefined) log.info({ code: 'CP2603' }, 'counters are stored again');
      failure = undefined;
    } catch (err) {
      if (failure === undefined) log.warn({ code: 'CP2602', err }, 'counters could not be stored; it is tried again');
      failure = err instanceof Error ? err.message : String(err);
    }
    try {
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
    // A store that is slow is not asked all the time; one that failed is not asked again at once for a final.
    schedule(Math.max(options.saveMs, 2 * (performance.now() - startMs)));
  }

  try {
    await load();
  } catch (err) {
    log.warn({ code: 'CP2602', err }, 'counters could not be loaded; it is tried again');
    failure = err instanceof Error ? err.message : String(err);
  }
  const stopReports = options.onReport(take);
  const subscription: Subscription = await bus.watchLatest(subjects(fleet).allFinalReports, takeFinal);
  const stopStatus = bus.onStatus(({ connected }) => {
    // While we were away another replica may have stored, and taken from the bus, what we never saw.
    if (connected) loadedMs = Number.NEGATIVE_INFINITY;
  });
  schedule(options.saveMs);
  const traffic = await startFleetTraffic({
    fleet,
    bus,
    totals: () => sums.totals('workers'),
    state: options.state,
    periodMs: options.trafficPeriodMs,
    log,
  });

  return {
    totals: sums.totals,
    byNode: sums.byNode,
    byOwner: sums.byOwner,
    ofNode: sums.ofNode,
    nodes: sums.nodes,
    status: () => ({
      unsaved: ledgers.values().filter(needsSaving).toArray().length,
      dropped,
      faults: [
        ...[...refused].map(([node, { problem }]) => `the stored counters of node ${node} cannot be read: ${problem}`),
        ...(failure === undefined ? [] : [`counters cannot be stored: ${failure}`]),
        ...(ledgers.size < options.maxNodes ? [] : [`${ledgers.size} nodes are counted; further ones are not`]),
      ],
    }),
    save,
    async stop() {
      // What a node said last may be kept already and not delivered yet.
      const keys = failure === undefined ? await bus.keys(subjects(fleet).allFinalReports).catch(() => []) : [];
      for (const key of keys) {
        const kept = await bus.getLatest(key).catch(() => undefined);
        if (kept !== undefined) takeFinal(kept.payload, key);
      }
      await traffic.stop();
      isStopped = true;
      clearTimeout(timer);
      stopReports();
      stopStatus();
      await subscription.unsubscribe();
      await save();
    },
  };
}
