import { type BackendProcess, startBackendProcess } from '#test/fault/backend-process.ts';
import { type NatsServer, startNats } from '../nats.ts';
import { type PenstockNode, startPenstockNode } from '../penstock-node.ts';
import { freePort } from '../ports.ts';
import { type RedisServer, startRedis } from '../redis.ts';
import { createOperator, type Operator } from './operator.ts';
import { type ReplicaProcess, startReplicaProcess } from './replica.ts';

/** A node as a process, and where clients find it. */
export type FleetNode = PenstockNode & { readonly port: number };

/**
 * A whole fleet of processes: Redis, NATS, replicas, nodes, backends that count. Everything in it can be killed, stopped and started
 * again by itself.
 */
export type Fleet = {
  readonly name: string;
  /** @throws when this fleet's Redis is somebody else's */
  readonly redis: RedisServer;
  /** @throws when this fleet's NATS is somebody else's */
  readonly nats: NatsServer;
  readonly replicas: readonly ReplicaProcess[];
  readonly nodes: readonly FleetNode[];
  readonly backends: readonly BackendProcess[];
  readonly operator: Operator;
  /** Configuration of all backends in `balancer://app`, and further lines. */
  lines(...more: readonly string[]): readonly string[];
  /** Kills everything and removes what it left, whatever state it is in. */
  close(): Promise<void>;
};

export type FleetOptions = {
  /** Default 2. */
  readonly replicas?: number;
  /** Default 3. */
  readonly nodes?: number;
  /** Default 3. */
  readonly backends?: number;
  /** Address of this machine that backends listen on; default 127.0.0.1. */
  readonly backendHost?: string;
  /** URLs of servers of somebody else's; default: processes of its own. */
  readonly redis?: string;
  readonly nats?: string;
  /** Parameters of every balancer member. Default `retry=1`: a backend that is back is soon used again. */
  readonly member?: string;
  /** Parameters of the balancer. Default `verdict=any`. */
  readonly balancer?: string;
  readonly replicaArgs?: (index: number) => readonly string[];
  readonly replicaEnv?: (index: number) => Readonly<Record<string, string>>;
  /** @param replicas URLs of their admin APIs */
  readonly nodeArgs?: (index: number, replicas: readonly string[]) => readonly string[];
  readonly nodeEnv?: (index: number) => Readonly<Record<string, string>>;
};

/** Port that the configuration listens on; every node maps it to one of its own. */
const LISTEN = 8080;

/** Health frames of a test's fleet are so far apart, milliseconds. */
export const HEALTH_PERIOD_MS = 500;

/** Longest time until what a node has counted is on its disk, milliseconds: once a second, and what writing takes on a busy machine. */
export const KEPT_WITHIN_MS = 2_000;

let fleets = 0;

/** Starts a fleet and gives it a configuration; resolves when every node serves it. */
export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const { member = 'retry=1', balancer = 'verdict=any' } = options;
  const name = `fleet-${process.pid}-${++fleets}`;
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    // Everything at once: each end is a kill, and nobody misses anybody.
    const ends = await Promise.allSettled(closers.splice(0).map((end) => end()));
    const [failed] = ends.filter((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  };
  const own = <T>(thing: T, end: (thing: T) => Promise<unknown>): T => {
    closers.push(() => end(thing));
    return thing;
  };
  const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
    // Not `all`: what is still starting when something fails must have been started before it can be ended.
    settled(Array.from({ length: count }, (_, index) => make(index)));

  try {
    const [redis, nats, backends] = await Promise.all([
      options.redis === undefined ? startRedis().then((server) => own(server, () => server.dispose())) : undefined,
      options.nats === undefined ? startNats().then((server) => own(server, () => server.close())) : undefined,
      times(options.backends ?? 3, async (index) => {
        const backend = await startBackendProcess(`W${index + 1}`, options.backendHost);
        return own(backend, () => backend.close());
      }),
    ]);
    const urls = { redis: options.redis ?? redis?.url ?? '', nats: options.nats ?? nats?.url ?? '' };
    const ports = await Promise.all(Array.from({ length: options.replicas ?? 2 }, () => freePort()));
    const lines = (...more: readonly string[]) => [
      `Listen ${LISTEN}`,
      'ServerName fleet.example.test',
      '<Proxy "balancer://app">',
      ...backends.map(({ url }) => `  BalancerMember "${url}" ${member}`),
      `  ProxySet ${balancer}`,
      '</Proxy>',
      ...more,
      'ProxyPass "/" "balancer://app/"',
    ];

    const starting = times(options.nodes ?? 3, async (index): Promise<FleetNode> => {
      const port = await freePort();
      const polled = ports.map((each) => `http://127.0.0.1:${each}`);
      const node = await startPenstockNode({
        nats: urls.nats,
        fleet: name,
        name: `node-${index + 1}`,
        listen: [`${LISTEN}=127.0.0.1:${port}`],
        // Faults of these tests are not the configuration's.
        args: ['--report-interval', '200', '--probation', '0', ...(options.nodeArgs?.(index, polled) ?? [])],
        ...(options.nodeEnv === undefined ? {} : { env: options.nodeEnv(index) }),
      });
      return own({ ...node, port }, () => node.close());
    });
    const readying = times(ports.length, async (index) => {
      const replica = await startReplicaProcess({
        name: `cp-${index + 1}`,
        fleet: name,
        ...urls,
        port: ports[index] ?? 0,
        args: [
          ...['--health-period', String(HEALTH_PERIOD_MS), '--counters-save', '500'],
          ...(options.replicaArgs?.(index) ?? []),
        ],
        ...(options.replicaEnv === undefined ? {} : { env: options.replicaEnv(index) }),
      });
      return own(replica, () => replica.kill());
    });
    await Promise.allSettled([starting, readying]);
    const [nodes, replicas] = await Promise.all([starting, readying]);
    const operator = createOperator(replicas.map(({ url }) => url));
    own(operator, () => operator.close());
    const fleet: Fleet = {
      name,
      get redis() {
        return redis ?? missing('Redis');
      },
      get nats() {
        return nats ?? missing('NATS');
      },
      replicas,
      nodes,
      backends,
      operator,
      lines,
      close,
    };
    const revision = await operator.apply(lines());
    await Promise.all(nodes.map((node) => node.serving(revision)));
    return fleet;
  } catch (err) {
    await close();
    throw err;
  }
}

/** Results in order, once all are settled. @throws the first failure */
async function settled<T>(all: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(all);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

function missing(what: string): never {
  throw new Error(`this fleet has no ${what} of its own`);
}
