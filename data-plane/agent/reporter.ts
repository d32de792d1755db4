import type { Bus } from '#shared/bus.ts';
import { subjects } from '#shared/bus.ts';
import { encodeObservation, encodeReport } from '#shared/codec/node-codec.ts';
import type { Observation, Report, WorkerReport } from '#shared/node-message.ts';
import type { Logger } from '../ports.ts';

/** Who speaks: goes into every message of this run of the node. */
export type NodeIdentity = { readonly fleet: string; readonly node: string; readonly bootId: string };

export type ReporterOptions = {
  readonly identity: NodeIdentity;
  readonly bus: Bus;
  readonly log: Logger;
  readonly intervalMs: number;
  readonly serving: () => Report['serving'];
  readonly workers: () => readonly WorkerReport[];
};

/** How long observations are gathered, so that a storm of failures is at most one message per worker and period. */
const OBSERVATION_PERIOD_MS = 100;

export type Reporter = ReturnType<typeof createReporter>;

/**
 * Sends the node's reports: absolute counters, so that a lost one costs nothing. Observations go at once when nothing went
 * shortly before, else with the next period, the newest per worker.
 */
export function createReporter({ identity, bus, log, intervalMs, serving, workers }: ReporterOptions) {
  const subject = subjects(identity.fleet);
  const gathered = new Map<string, Observation>();
  let seq = 0;
  let reportTimer: NodeJS.Timeout | undefined;
  let observationTimer: NodeJS.Timeout | undefined;

  async function send(to: string, encode: () => Uint8Array): Promise<void> {
    try {
      await bus.publish(to, encode());
    } catch (err) {
      log.warn({ code: 'DP1301', subject: to, err }, 'message could not be published');
    }
  }

  function report(final = false): Promise<void> {
    const now = serving();
    const message: Report = {
      ...identity,
      seq: ++seq,
      timeMs: Date.now(),
      ...(now === undefined ? {} : { serving: now }),
      final,
      workers: workers(),
    };
    return send(subject.report(identity.node), () => encodeReport(message));
  }

  function flush(): void {
    const sending = [...gathered.values()];
    gathered.clear();
    observationTimer = sending.length === 0 ? undefined : setTimeout(flush, OBSERVATION_PERIOD_MS);
    for (const seen of sending) void send(subject.observation(identity.node), () => encodeObservation(seen));
  }

  return {
    start(): void {
      reportTimer = setInterval(() => void report(), intervalMs);
    },

    report,

    observe(seen: Omit<Observation, keyof NodeIdentity>): void {
      gathered.set(`${seen.balancer} ${seen.worker}`, { ...identity, ...seen });
      if (observationTimer === undefined) flush();
    },

    /** Sends what is gathered and the last report of this run. */
    async stop(): Promise<void> {
      clearInterval(reportTimer);
      flush();
      clearTimeout(observationTimer);
      await report(true);
    },
  };
}
