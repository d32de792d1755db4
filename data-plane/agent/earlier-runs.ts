import type { Report } from '#shared/node-message.ts';
import type { Logger } from '../ports.ts';
import type { BusLink } from './bus-link.ts';
import type { CounterFiles } from './counter-files.ts';
import { handOver } from './hand-over.ts';
import type { NodeIdentity } from './reporter.ts';

/** Between attempts, milliseconds. */
const RETRY_MS = { first: 500, most: 30_000 } as const;
const ATTEMPT_MS = 10_000;

/** More reports than a run can have sent after its counters were last written: the last word is the newest. */
const UNWRITTEN_REPORTS = 1_000_000;

export type EarlierRuns = ReturnType<typeof createEarlierRuns>;

/** Hands over what earlier runs of this node counted, each as that run's last report, until the bus keeps it. */
export function createEarlierRuns(options: {
  readonly identity: NodeIdentity;
  readonly link: BusLink;
  readonly files: CounterFiles;
  readonly log: Logger;
}) {
  const { identity, link, files, log } = options;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let waiting = 0;

  async function handOverAll(reports: readonly Report[], waitMs: number): Promise<void> {
    const left: Report[] = [];
    for (const report of reports) {
      if (stopped) return;
      const last = { ...report, seq: report.seq + UNWRITTEN_REPORTS };
      if (link.bus.status().connected && (await handOver(link.bus, last, ATTEMPT_MS))) {
        log.info({ code: 'DP1306', bootId: report.bootId }, 'the last counters of an earlier run are handed over');
        await files.forget(report.bootId);
      } else left.push(report);
    }
    waiting = left.length;
    if (left.length === 0 || stopped) return;
    timer = setTimeout(() => void handOverAll(left, Math.min(waitMs * 2, RETRY_MS.most)), waitMs);
  }

  return {
    async start(): Promise<void> {
      try {
        const reports = await files.earlier();
        // A folder that was another node's, or another fleet's, is not for this one to speak for.
        const ours = reports.filter(({ fleet, node }) => fleet === identity.fleet && node === identity.node);
        waiting = ours.length;
        await handOverAll(ours, RETRY_MS.first);
      } catch (err) {
        log.warn({ code: 'DP1305', err }, 'counters of earlier runs cannot be read');
      }
    },

    /** Runs whose counters wait on this disk. */
    waiting: () => waiting,

    stop(): void {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
