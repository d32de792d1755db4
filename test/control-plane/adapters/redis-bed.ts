import { redisFleetStore } from '../../../control-plane/adapters/redis-fleet-store.ts';
import type { AppendRequest, FleetStore } from '../../../control-plane/ports.ts';
import { balancer, worker } from '../support/definitions.ts';

export type RedisStoreBed = FleetStore & {
  /** Codes of what tails reported. */
  readonly tailErrors: readonly unknown[];
  readonly statuses: readonly { readonly reachable: boolean; readonly detail: string }[];
};

/** A store on a Redis, with what it reports. */
export async function openRedisStore(
  url: string,
  options: Partial<Parameters<typeof redisFleetStore>[0]> = {},
): Promise<RedisStoreBed> {
  const tailErrors: unknown[] = [];
  const statuses: { readonly reachable: boolean; readonly detail: string }[] = [];
  const store = await redisFleetStore({
    url,
    fleet: 'test',
    clock: Date.now,
    commandRetentionMs: 86_400_000,
    onTailError: (err) => tailErrors.push((err as { code?: unknown }).code ?? err),
    onStatus: (status) => statuses.push(status),
    ...options,
  });
  return { ...store, tailErrors, statuses };
}

/** The n-th commit's request. */
export function request(n: number, change: Partial<AppendRequest> = {}): AppendRequest {
  return {
    expectedRevision: n - 1,
    commandId: `command-${n}`,
    fingerprint: `fingerprint-${n}`,
    draft: {
      actor: 'ann',
      message: `change ${n}`,
      command: 'apply',
      events: [{ type: 'balancer-set', balancer: balancer('app', [worker(n % 200)]) }],
    },
    ...change,
  };
}

/** Appends commits from one revision to another. */
export async function fill(store: FleetStore, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n++) {
    const { kind } = await store.events.append(request(n));
    if (kind !== 'appended') throw new Error(`commit ${n}: ${kind}`);
  }
}
