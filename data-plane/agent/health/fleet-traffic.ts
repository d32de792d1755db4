import { isUsable, WorkerStatus } from '#shared/definition/worker-status.ts';
import { creditOf, othersTrafficOf } from '#shared/health/fleet-balance.ts';
import type { FleetTraffic } from '#shared/health/health-frame.ts';
import { workerKey } from '../../proxy/thread-message.ts';
import type { HealthBalancer, HealthModel, HealthWorker } from './health-model.ts';
import { STALE_PERIODS } from './held-verdicts.ts';

/** A worker's row, as far as balancing over the fleet reads it. */
export type TrafficRow = {
  /** `WorkerStatus` bits. */
  readonly status: number;
  readonly lbstatus: number;
  /** Since the row began. */
  readonly elected: number;
  /** Request and response body bytes since the row began: what the fleet's totals count. */
  readonly bytes: number;
  /** What bytraffic counts, both ways; begins anew now and then. */
  readonly counted: number;
};

export type ReadTrafficRow = (worker: HealthWorker) => TrafficRow;

/** What a frame asks for on this node. */
export type TrafficEffects = {
  readonly credits: readonly { readonly balancer: string; readonly url: string; readonly credit: number }[];
  /** Bytes of others to count, by slot. */
  readonly othersTraffic: readonly (readonly [slot: number, bytes: number])[];
};

const NOTHING: TrafficEffects = { credits: [], othersTraffic: [] };

/** One worker's totals when a frame was taken. */
type Mark = {
  readonly incarnation: number;
  readonly fleetElected: number;
  readonly fleetBytes: number;
  readonly elected: number;
  readonly bytes: number;
  readonly counted: number;
  /** Others' bytes so far, since `counted` began. */
  readonly othersBytes: number;
  /** Without another frame that has it, it counts no more from then on. */
  readonly untilMs: number;
};

/** By `workerKey`. */
export type FleetTrafficState = { readonly marks: ReadonlyMap<string, Mark> };

export const NO_TRAFFIC: FleetTrafficState = { marks: new Map() };

/**
 * Turns the fleet's totals into what this node does about the others' share: what the fleet counted since the frame before, less what
 * this node counted. The first frame, and the first of a new row, only says where to count from; so does one whose totals have gone
 * back. What this node did in the last moments is in its own counters and not yet in the fleet's; that error does not add up, since
 * the next frame has it. One message need not have all balancers: what it does not speak of stays as it is.
 */
export function takeTraffic(
  state: FleetTrafficState,
  frame: FleetTraffic,
  model: HealthModel,
  read: ReadTrafficRow,
  nowMs: number,
): { readonly state: FleetTrafficState; readonly effects: TrafficEffects } {
  const marks = new Map(state.marks);
  const untilMs = nowMs + STALE_PERIODS * frame.periodMs;
  const credits: TrafficEffects['credits'][number][] = [];
  const othersTraffic: TrafficEffects['othersTraffic'][number][] = [];
  for (const [id, totals] of Map.groupBy(frame.workers, ({ balancer }) => balancer)) {
    const balancer = model.balancers.get(id);
    if (balancer?.fleetbalance !== true) continue;
    const told = new Map(totals.map((total) => [workerKey(id, total.worker), total]));
    const steps = balancer.members.flatMap((worker): Step[] => {
      const total = told.get(worker.key);
      if (total === undefined) return [];
      const step = stepOf(worker, read(worker), total, state.marks.get(worker.key), untilMs);
      marks.set(worker.key, step.mark);
      return [step];
    });
    credits.push(...creditsOf(balancer, steps));
    othersTraffic.push(...trafficOf(balancer, steps));
  }
  return { state: { marks }, effects: { credits, othersTraffic } };
}

/** Forgets the others' share where frames with it have stopped, or the balancer asks for it no longer: the node balances its own traffic. */
export function expireTraffic(
  state: FleetTrafficState,
  model: HealthModel,
  nowMs: number,
): { readonly state: FleetTrafficState; readonly effects: TrafficEffects } {
  const gone = [...state.marks].filter(([key, { untilMs }]) => {
    const balancer = model.balancers.get(model.workers.get(key)?.balancer ?? '');
    return nowMs >= untilMs || balancer?.fleetbalance !== true;
  });
  if (gone.length === 0) return { state, effects: NOTHING };
  const marks = new Map(state.marks);
  for (const [key] of gone) marks.delete(key);
  const slots = gone.flatMap(([key]) => model.workers.get(key)?.slot ?? []);
  return { state: { marks }, effects: { credits: [], othersTraffic: slots.map((slot) => [slot, 0] as const) } };
}

type Step = {
  readonly worker: HealthWorker;
  readonly row: TrafficRow;
  readonly mark: Mark;
  /** Elections by others since the frame before. */
  readonly elections: number;
};

function stepOf(
  worker: HealthWorker,
  row: TrafficRow,
  total: { readonly elected: bigint; readonly bytes: bigint },
  before: Mark | undefined,
  untilMs: number,
): Step {
  const { elected, bytes, counted } = row;
  const { incarnation } = worker;
  const fleet = { fleetElected: Number(total.elected), fleetBytes: Number(total.bytes) };
  const continues =
    before !== undefined &&
    before.incarnation === incarnation &&
    fleet.fleetElected >= before.fleetElected &&
    fleet.fleetBytes >= before.fleetBytes &&
    elected >= before.elected;
  const now = { incarnation, ...fleet, elected, bytes, counted, untilMs };
  if (!continues) return { worker, row, elections: 0, mark: { ...now, othersBytes: 0 } };
  const elections = fleet.fleetElected - before.fleetElected - (elected - before.elected);
  const moved = fleet.fleetBytes - before.fleetBytes - (bytes - before.bytes);
  // The account that bytraffic goes by was opened anew: the others' share goes with it.
  const othersBytes = counted < before.counted ? 0 : before.othersBytes + moved;
  return { worker, row, elections, mark: { ...now, othersBytes } };
}

function creditsOf({ lbmethod, id }: HealthBalancer, steps: readonly Step[]): TrafficEffects['credits'] {
  if (lbmethod !== 'byrequests') return [];
  const competing = competitors(steps);
  const credits = creditOf(
    competing.map(({ worker, row, elections }) => {
      return { lbfactor: worker.lbfactor, lbstatus: row.lbstatus, others: elections };
    }),
  );
  return competing.flatMap(({ worker }, i) => {
    const credit = credits[i] ?? 0;
    return credit === 0 ? [] : [{ balancer: id, url: worker.url, credit }];
  });
}

function trafficOf({ lbmethod }: HealthBalancer, steps: readonly Step[]): TrafficEffects['othersTraffic'] {
  if (lbmethod !== 'bytraffic') return [];
  const competing = competitors(steps);
  const sum = (of: (step: Step) => number) => competing.reduce((total, step) => total + of(step), 0);
  const perElection =
    sum(({ mark }) => mark.fleetBytes) /
    Math.max(
      1,
      sum(({ mark }) => mark.fleetElected),
    );
  const bytes = othersTrafficOf(
    competing.map(({ worker, row, mark }) => {
      return { lbfactor: worker.lbfactor, own: row.counted, others: mark.othersBytes };
    }),
    perElection,
  );
  const counted = new Map(competing.map(({ worker }, i) => [worker.slot, bytes[i] ?? 0] as const));
  return steps.map(({ worker, mark }) => [worker.slot, counted.get(worker.slot) ?? Math.max(0, mark.othersBytes)]);
}

/** Those among whom elections choose now: the usable regular members of the lowest lbset that has any. */
function competitors(steps: readonly Step[]): readonly Step[] {
  const { DRAIN, HOT_STANDBY, HOT_SPARE } = WorkerStatus;
  const regular = steps.filter(({ row }) => {
    return isUsable(row.status) && (row.status & (DRAIN | HOT_STANDBY | HOT_SPARE)) === 0;
  });
  const lowest = Math.min(...regular.map(({ worker }) => worker.lbset));
  return regular.filter(({ worker }) => worker.lbset === lowest);
}
