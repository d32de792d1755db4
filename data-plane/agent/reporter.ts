import { subjects } from '#shared/bus.ts';
import type { NodeError, Report, Serving } from '#shared/node-message.ts';
import type { Logger } from '../ports.ts';
import { runInSlices } from '../run-in-slices.ts';
import type { BusLink } from './bus-link.ts';
import type { CounterFiles } from './counter-files.ts';
import { handOver } from './hand-over.ts';
import {
  changedRows,
  countedRows,
  type ReportRows,
  reportMessages,
  type SentRows,
  sentRows,
} from './report-messages.ts';

/** Who speaks: goes into every message of this run of the node. */
export type NodeIdentity = { readonly fleet: string; readonly node: string; readonly bootId: string };

export type ReporterOptions = {
  readonly identity: NodeIdentity;
  readonly link: BusLink;
  readonly files: CounterFiles;
  readonly log: Logger;
  /** How far reports are apart in a small fleet; see `spacedMs`. */
  readonly intervalMs: number;
  /** Live nodes of the fleet, as far as is known. */
  readonly nodes: () => number;
  /** How often counters are kept on disk, milliseconds. */
  readonly keepIntervalMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly version: string;
  readonly serving: () => Serving | undefined;
  readonly errors: () => readonly NodeError[];
  readonly rows: () => ReportRows;
};

/** Every so many reports, all rows are told again: to those who have heard nothing so far. */
const COMPLETE_EVERY = 10;

/** How long a stopping node waits for the bus to keep its last report, milliseconds. */
const HAND_OVER_MS = 2_000;

/** Reports that the control plane gets per second from all nodes together, about; each replica reads all of them. */
const FLEET_REPORTS_PER_SECOND = 200;
/** Even in the largest fleet reports are no further apart, unless they were asked to be. */
const MOST_MS = 10_000;

/**
 * How far a node's reports are apart: as it was told, or more in a large fleet, so that the work of who hears them all stays the
 * same.
 *
 * @param intervalMs as set
 * @param nodes of the fleet
 */
export function spacedMs(intervalMs: number, nodes: number): number {
  return Math.max(intervalMs, Math.min(MOST_MS, Math.round((nodes * 1_000) / FLEET_REPORTS_PER_SECOND)));
}

export type Reporter = ReturnType<typeof createReporter>;

/**
 * Sends the node's reports: rows that changed, and all of them every so often. Counters are absolute, so a lost report costs nothing;
 * and they are kept on disk, so that the end of this run, however it comes, costs at most what was counted since.
 *
 * @source protocol S1, H1
 */
export function createReporter(options: ReporterOptions) {
  const { identity, link, files, log } = options;
  const subject = subjects(identity.fleet);
  let seq = 0;
  let reports = 0;
  let sent: SentRows = new Map();
  let kept: SentRows = new Map();
  let reportTimer: NodeJS.Timeout | undefined;
  let keepTimer: NodeJS.Timeout | undefined;
  let keeping: Promise<void> | undefined;
  let reporting: Promise<void> | undefined;
  let wanted = false;
  let failing = false;

  const nextSeq = () => ++seq;
  const intervalMs = () => spacedMs(options.intervalMs, options.nodes());

  function reportOf(rows: ReportRows, how: Pick<Report, 'final' | 'complete'>): Omit<Report, 'seq'> {
    const serving = options.serving();
    return {
      ...identity,
      timeMs: Date.now(),
      ...(serving === undefined ? {} : { serving }),
      ...how,
      ...rows,
      labels: options.labels,
      intervalMs: intervalMs(),
      errors: options.errors(),
      version: options.version,
    };
  }

  /** One at a time: rows read earlier are not to be sent later. */
  function report(): Promise<void> {
    wanted = true;
    reporting ??= reportWanted().finally(() => {
      reporting = undefined;
    });
    return reporting;
  }

  async function reportWanted(): Promise<void> {
    while (wanted) {
      wanted = false;
      await send(false);
    }
  }

  async function send(final: boolean): Promise<void> {
    const all = options.rows();
    const complete = final || reports++ % COMPLETE_EVERY === 0;
    const rows = complete ? all : await runInSlices(changedRows(sent, all));
    const messages = await runInSlices(
      reportMessages(reportOf(rows, { final, complete }), link.bus.maxPayloadBytes, nextSeq),
    );
    const took = await Promise.all(messages.map((each) => link.send(subject.report(identity.node), 'DP1301', each)));
    if (took.every((one) => one)) sent = await runInSlices(sentRows(all));
    // Nobody may have the rows of this one: they are told again.
    else reports = 0;
  }

  /** Writes the counters down if they have changed. */
  async function keep(): Promise<void> {
    const rows = countedRows(options.rows());
    const changed = await runInSlices(changedRows(kept, rows));
    if (changed.workers.length + changed.routes.length === 0) return;
    try {
      await files.write({ ...reportOf(rows, { final: true, complete: true }), seq });
      kept = await runInSlices(sentRows(rows));
      failing = false;
    } catch (err) {
      if (!failing) log.error({ code: 'DP1303', err }, 'counters could not be kept on disk');
      failing = true;
    }
  }

  function keepSoon(): void {
    keeping ??= keep().finally(() => {
      keeping = undefined;
    });
  }

  function reportRegularly(): void {
    reportTimer = setTimeout(() => {
      void report();
      reportRegularly();
    }, intervalMs());
  }

  return {
    start(): void {
      reportRegularly();
      keepTimer = setInterval(keepSoon, options.keepIntervalMs);
    },

    /** Tells now what has changed. */
    report,

    /**
     * Sends the last report of this run, when counters stand still: to those who listen now, and to be kept for those who do not. If
     * the bus does not keep it, the disk does, and the next run hands it over.
     */
    async stop(): Promise<void> {
      clearTimeout(reportTimer);
      clearInterval(keepTimer);
      await keeping;
      await keep();
      await reporting;
      await send(true);
      const last = { ...reportOf(countedRows(options.rows()), { final: true, complete: true }), seq: nextSeq() };
      if (await handOver(link.bus, last, HAND_OVER_MS)) await files.forget(identity.bootId).catch(() => {});
    },
  };
}
