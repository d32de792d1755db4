import { setTimeout as delay } from 'node:timers/promises';
import type { VerdictPolicy } from '#shared/definition/balancer.ts';
import { type Definition, EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import { type ReplicaProcess, startReplicaProcess } from '#test/support/fleet/replica.ts';
import { type NatsServer, startNats } from '#test/support/nats.ts';
import { freePort } from '#test/support/ports.ts';
import { type RedisServer, startRedis } from '#test/support/redis.ts';
import { eventually } from '#test/support/wait.ts';
import type { Processes } from './figures.ts';

/** Everything of a fleet but its nodes: real servers, and replicas as processes. */
export type FleetBed = {
  readonly fleet: string;
  readonly nats: NatsServer;
  readonly redis: RedisServer;
  readonly replicas: readonly ReplicaProcess[];
  /** Of servers and replicas. */
  processes(): Processes;
  /** What NATS has taken and given since its start. */
  natsTraffic(): Promise<NatsTraffic>;
  /**
   * Makes a definition the fleet's, by way of the first replica.
   *
   * @param wait answers when every live node serves it
   * @returns its revision; when the call began, epoch milliseconds; and how long its answer took
   */
  apply(definition: Definition, wait?: boolean): Promise<Applied>;
  /** Warnings and errors of the replicas: how often each came. */
  troubles(): ReadonlyMap<string, number>;
  /** Waits until every replica has heard of so many nodes. */
  knowsNodes(count: number): Promise<void>;
  close(): Promise<void>;
};

export type NatsTraffic = Readonly<Record<'in_msgs' | 'out_msgs' | 'in_bytes' | 'out_bytes' | 'connections', number>>;

export type Applied = { readonly revision: number; readonly startMs: number; readonly answerMs: number };

type Answer = { readonly revision: number; readonly nodes?: { readonly kind: string } };

export async function startFleetBed({ replicas: count = 2 }: { readonly replicas?: number } = {}): Promise<FleetBed> {
  const fleet = 'bench';
  const redis = await startRedis();
  const monitor = await freePort();
  const nats = await startNats({ config: `http: "127.0.0.1:${monitor}"` });
  const replicas: ReplicaProcess[] = [];
  const close = async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    await nats.close();
    await redis.dispose();
  };
  try {
    for (let i = 1; i <= count; i++) {
      replicas.push(await startReplicaProcess({ name: `replica-${i}`, fleet, redis: redis.url, nats: nats.url }));
    }
  } catch (err) {
    await close();
    throw err;
  }

  return {
    fleet,
    nats,
    redis,
    replicas,
    processes: () => ({
      NATS: [nats.pid()],
      Redis: [redis.pid()],
      ...Object.fromEntries(replicas.map((replica) => [replica.name, [replica.pid()]])),
    }),
    async natsTraffic() {
      const answer = await fetch(`http://127.0.0.1:${monitor}/varz`);
      return (await answer.json()) as NatsTraffic;
    },
    async apply(definition, wait = false) {
      const url = `${replicas[0]?.url}/v1/apply${wait ? '?wait=60s' : ''}`;
      const body = JSON.stringify({ definition, allowShrink: true });
      const startMs = Date.now();
      // A connection of its own: one kept since the edit before may be closed by the replica in this very moment.
      const headers = { 'content-type': 'application/json', connection: 'close' };
      const answer = await fetch(url, { method: 'POST', body, headers });
      const answerMs = Date.now() - startMs;
      const text = await answer.text();
      if (!answer.ok) throw new Error(`apply: ${answer.status} ${text}`);
      const { revision, nodes } = JSON.parse(text) as Answer;
      if (wait && nodes?.kind !== 'converged') throw new Error(`apply: ${text.slice(0, 2_000)}`);
      return { revision, startMs, answerMs };
    },
    troubles() {
      const troubles = new Map<string, number>();
      for (const line of replicas.flatMap((replica) => replica.output().split('\n'))) {
        if (!/^\{"level":[45]0,.*\}$/.test(line)) continue;
        const { code, msg } = JSON.parse(line) as Record<string, unknown>;
        troubles.set(`${code} ${msg}`, (troubles.get(`${code} ${msg}`) ?? 0) + 1);
      }
      return troubles;
    },
    async knowsNodes(count) {
      for (const replica of replicas) {
        await eventually(
          `${count} nodes at ${replica.name}`,
          async () => {
            // Seldom: the answer is long.
            await delay(200);
            return (await replica.get('/v1/nodes')).nodes.length === count;
          },
          300_000,
        );
      }
    },
    close,
  };
}

/** A gateway of middling size: balancers of five members each, all at one backend under a path of their own, and as many routes. */
export function gateway(options: {
  readonly balancers?: number;
  /** `http://127.0.0.1:9000` */
  readonly url: string;
  /** Of one worker: what edits change. */
  readonly loadfactor?: number;
  /** Of that worker, if it is another than the others'. */
  readonly firstUrl?: string;
  readonly verdict?: VerdictPolicy;
}): Definition {
  const { balancers = 20, url, loadfactor = 1, firstUrl = url, verdict } = options;
  const numbers = Array.from({ length: balancers }, (_, b) => b);
  return {
    ...EMPTY_DEFINITION,
    listeners: [{ address: '127.0.0.1', port: 8080 }],
    mainServer: {
      ...EMPTY_DEFINITION.mainServer,
      routes: numbers.map((b) => ({
        match: { kind: 'prefix', path: `/app${b}` },
        target: { kind: 'balancer', name: `b${b}`, path: '' },
      })),
    },
    balancers: numbers.map((b) => ({
      name: `b${b}`,
      parameters: verdict === undefined ? {} : { verdict },
      members: [0, 1, 2, 3, 4].map((m) => {
        const isFirst = b === 0 && m === 0;
        return {
          url: `${isFirst ? firstUrl : url}/b${b}/m${m}`,
          parameters: { route: `r${m}`, retryMs: 1_000, ...(isFirst ? { loadfactor } : {}) },
        };
      }),
    })),
  };
}
