import { type Bus, type Subscription, subjects } from '#shared/bus.ts';
import { encodeFleetTraffic } from '#shared/codec/health-codec.ts';
import { balancerId } from '#shared/definition/balancer.ts';
import type { Definition } from '#shared/definition/definition.ts';
import type { WorkerTraffic } from '#shared/health/health-frame.ts';
import { type CounterTotals, counterKey, ZERO_TOTALS } from './core/projection/counters.ts';
import type { Logger } from './log.ts';

export type FleetTrafficOptions = {
  readonly fleet: string;
  readonly bus: Bus;
  /** By `counterKey`; undefined while some workers are not counted: what is told of the others would mislead. */
  readonly totals: () => ReadonlyMap<string, CounterTotals> | undefined;
  readonly state: () => Promise<{ readonly definition: Definition }>;
  readonly periodMs: number;
  readonly log: Logger;
};

/** Bytes of one message's head, and of a worker besides its names, at most. */
const HEAD_BYTES = 128;
const WORKER_BYTES = 40;

/**
 * Tells nodes what the whole fleet has sent to the workers of balancers with `fleetbalance=On`. Every replica could; who has just heard
 * another one do it stays silent.
 */
export async function startFleetTraffic(options: FleetTrafficOptions): Promise<{ stop(): Promise<void> }> {
  const { fleet, bus, periodMs, log } = options;
  const subject = subjects(fleet).traffic;
  let heardMs = Number.NEGATIVE_INFINITY;
  let hasFailed = false;

  async function tell(): Promise<void> {
    if (performance.now() - heardMs < (periodMs * 3) / 4) return;
    try {
      const { definition } = await options.state();
      const totals = options.totals();
      if (totals === undefined) return;
      const groups = balancedTraffic(definition, totals);
      for (const workers of messagesOf(groups, bus.maxPayloadBytes)) {
        await bus.publish(subject, encodeFleetTraffic({ fleet, periodMs, workers }));
      }
      hasFailed = false;
    } catch (err) {
      if (!hasFailed) log.warn({ code: 'CP2605', err }, 'fleet traffic could not be published');
      hasFailed = true;
    }
  }

  const subscription: Subscription = await bus.subscribe(subject, () => {
    heardMs = performance.now();
  });
  const timer = setInterval(() => void tell(), periodMs);
  return {
    async stop() {
      clearInterval(timer);
      await subscription.unsubscribe();
    },
  };
}

/** By balancer that wants it: all of its members, also those that have nothing yet. */
export function balancedTraffic(
  { balancers }: Definition,
  totals: ReadonlyMap<string, CounterTotals>,
): readonly (readonly WorkerTraffic[])[] {
  return balancers
    .filter(({ parameters }) => parameters.fleetbalance === true)
    .map((balancer) => {
      const owner = balancerId(balancer);
      return balancer.members.map(({ url }) => {
        const sum = totals.get(counterKey({ balancer: owner, url })) ?? ZERO_TOTALS;
        return { balancer: owner, worker: url, elected: sum.elected, bytes: sum.bytesIn + sum.bytesOut };
      });
    });
}

/** As few messages as the bus can carry; a balancer's members stay together, since nodes compare them. */
export function messagesOf(
  groups: readonly (readonly WorkerTraffic[])[],
  maxBytes: number,
): readonly (readonly WorkerTraffic[])[] {
  const messages: WorkerTraffic[][] = [];
  let room = 0;
  for (const group of groups) {
    const size = group.reduce((sum, one) => sum + bytesOf(one), 0);
    if (messages.length === 0 || size > room) {
      messages.push([]);
      room = maxBytes - HEAD_BYTES;
    }
    messages.at(-1)?.push(...group);
    room -= size;
  }
  return messages;
}

function bytesOf({ balancer, worker }: WorkerTraffic): number {
  return WORKER_BYTES + Buffer.byteLength(balancer) + Buffer.byteLength(worker);
}
