import { type Bus, subjects } from '#shared/bus.ts';
import { encodeFleetTraffic, encodeHealthFrame, encodeMembers } from '#shared/codec/health-codec.ts';
import { decodeObservations } from '#shared/codec/node-codec.ts';
import { balancerId } from '#shared/definition/balancer.ts';
import { effectiveWorker } from '#shared/definition/defaults.ts';
import type { Definition } from '#shared/definition/definition.ts';
import { isUsable, WorkerStatus } from '#shared/definition/worker-status.ts';
import type { FleetTraffic, HealthFrame, Member, Verdict } from '#shared/health/health-frame.ts';
import { membersOf } from '#shared/health/members.ts';
import { memoryFiles } from '#shared/httpd-conf/memory-files.ts';
import { readHttpdConf } from '#shared/httpd-conf/read.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import type { Observations } from '#shared/node-message.ts';
import { createBusLink } from '../../../../data-plane/agent/bus-link.ts';
import type { CheckResult, CheckTarget } from '../../../../data-plane/agent/health/check-runner.ts';
import type { HealthRow } from '../../../../data-plane/agent/health/health-model.ts';
import { createNodeHealth, type NodeHealth } from '../../../../data-plane/agent/health/node-health.ts';
import type { HealthSettings } from '../../../../data-plane/agent/health/settings.ts';
import { adjustCredit, writeVerdicts } from '../../../../data-plane/agent/row-writer.ts';
import { createScoreboard, openScoreboard, type Scoreboard } from '../../../../data-plane/scoreboard/scoreboard.ts';

const FLEET = 'fleet';
const SUBJECT = subjects(FLEET);

/** Quick: what takes seconds on a node takes milliseconds here. */
export const QUICK: HealthSettings = {
  batchMs: 5,
  completeMs: 60_000,
  lookMs: 5,
  dutiesMs: 5,
  probeMs: 10,
  maxProbeMs: 20,
  concurrentChecks: 10,
  checksPerSecond: 100_000,
};

export type HealthBed = {
  readonly bus: Bus;
  readonly health: NodeHealth;
  readonly scoreboard: Scoreboard;
  /** Everything the node has said, oldest first. */
  readonly said: Observations[];
  /** Codes logged. */
  readonly logged: string[];
  /** Answers to checks by host; a host without one refuses. */
  readonly backends: Map<string, CheckResult>;
  /** Hosts checked, in order. */
  readonly checked: string[];
  serve(conf: string): void;
  frame(version: number, down: readonly (string | Partial<Verdict>)[], periodMs?: number): Promise<void>;
  members(...members: readonly (string | Member)[]): Promise<void>;
  traffic(frame: Omit<FleetTraffic, 'fleet'>): Promise<void>;
  slot(url: string): number;
  status(url: string): number;
  usable(url: string): boolean;
  /** `w1 failed`, over all messages. */
  kinds(): string[];
  close(): Promise<void>;
};

/** Health of a node on a scoreboard of its own, with an in-process bus and backends that are a table. */
export async function healthBed(
  options: {
    readonly node?: string;
    readonly zone?: string;
    readonly bus?: Bus;
    readonly settings?: Partial<HealthSettings>;
  } = {},
): Promise<HealthBed> {
  const bus = options.bus ?? createInProcessBus();
  const node = options.node ?? 'n1';
  const scoreboard = openScoreboard(createScoreboard({ slots: 64, locks: 8, routes: 1 }));
  const said: Observations[] = [];
  const logged: string[] = [];
  const backends = new Map<string, CheckResult>();
  const checked: string[] = [];
  let definition: Definition | undefined;
  let rows: HealthRow[] = [];
  await bus.subscribe(SUBJECT.observation(node), (payload) => said.push(decodeObservations(payload)));
  const slotsOf = (workers: Iterable<{ url: string }>) => [...workers].map(({ url }) => slot(url));
  const log = (fields: object) => void logged.push((fields as { code: string }).code);

  function slot(url: string): number {
    const row = rows.find(({ worker }) => worker.url === url);
    if (row === undefined) throw new Error(`no row of ${url}`);
    return row.slot;
  }
  const status = (url: string) => Atomics.load(scoreboard.status, slot(url));

  const logger = { debug: log, info: log, warn: log, error: log };
  const link = createBusLink(bus, logger);
  const health = createNodeHealth({
    identity: { fleet: FLEET, node, bootId: 'boot' },
    link,
    labels: options.zone === undefined ? {} : { zone: options.zone },
    scoreboard,
    swap: {
      definition: () => definition,
      rows: () => rows,
      setFleetDown: (workers, down) => writeVerdicts(scoreboard, 0, () => slotsOf(workers), down),
      adjustCredit: (credits) =>
        adjustCredit(scoreboard, 0, () => [...credits].map(({ url, credit }) => [slot(url), credit] as const)),
    },
    log: logger,
    settings: { ...QUICK, ...options.settings },
    runner: {
      async run({ host }: CheckTarget) {
        checked.push(host);
        return backends.get(host) ?? { passed: false, detail: 'connect-failed ECONNREFUSED' };
      },
      close() {},
    },
  });

  return {
    bus,
    health,
    scoreboard,
    said,
    logged,
    backends,
    checked,
    serve(conf) {
      const read = readHttpdConf('a.conf', memoryFiles(new Map([['a.conf', `Listen 80\n${conf}`]])));
      if (read.definition === undefined) throw new Error(JSON.stringify(read.diagnostics));
      definition = read.definition;
      const before = new Map(rows.map((row) => [row.worker.url, row]));
      let next = Math.max(-1, ...rows.map((row) => row.slot)) + 1;
      const workers = definition.balancers.flatMap((one) => {
        return one.members.map((member) => ({
          owner: balancerId(one),
          url: member.url,
          effective: effectiveWorker(member),
        }));
      });
      rows = workers.map((worker): HealthRow => {
        const known = before.get(worker.url);
        if (known !== undefined) return { ...known, worker };
        scoreboard.status[next] = worker.effective.status;
        return { slot: next++, incarnation: 1, worker, retired: false };
      });
      health.onSwap();
    },
    async frame(version, down, periodMs = 60_000) {
      const unavailable = down.map((one): Verdict => {
        const given = typeof one === 'string' ? { worker: one } : one;
        return { balancer: 'app', worker: '', zones: [], reason: 'seen', since: version, ...given };
      });
      const message: HealthFrame = { fleet: FLEET, version, periodMs, unavailable, membersVersion: '0'.repeat(64) };
      await bus.putLatest(SUBJECT.health, encodeHealthFrame(message));
    },
    async members(...members) {
      const list = members.map((one) => (typeof one === 'string' ? { node: one } : one));
      await bus.putLatest(SUBJECT.members, encodeMembers(membersOf(FLEET, list)));
    },
    async traffic(frame) {
      await bus.publish(SUBJECT.traffic, encodeFleetTraffic({ fleet: FLEET, ...frame }));
    },
    slot,
    status,
    usable: (url) => isUsable(status(url)),
    kinds: () => said.flatMap(({ observations }) => observations.map(({ worker, kind }) => `${worker} ${kind}`)),
    async close() {
      await link.unfollow();
      await health.stop();
    },
  };
}

/** Puts a worker into the error state as a proxy thread does, and tells health of it. */
export function fail(bed: HealthBed, url: string): void {
  const slot = bed.slot(url);
  bed.scoreboard.errorTimeMs[slot] = Date.now();
  Atomics.or(bed.scoreboard.status, slot, WorkerStatus.IN_ERROR);
  bed.health.workerFailed({ balancer: 'app', url }, 'connect-failed: refused', Date.now());
}

/** Its retry time is over, and a request has connected to it. */
export function recover(bed: HealthBed, url: string): void {
  const slot = bed.slot(url);
  Atomics.and(bed.scoreboard.status, slot, ~WorkerStatus.IN_ERROR);
  bed.scoreboard.errorTimeMs[slot] = 0;
}
