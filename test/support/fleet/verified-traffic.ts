import { setTimeout as delay } from 'node:timers/promises';
import { seeded } from '#test/fault/kill-run.ts';
import { noOutcomes, type Outcomes, verify } from '#test/fault/verifying-client.ts';
import { patiently } from './patiently.ts';

/** What clients of one node saw. */
export type NodeOutcomes = Outcomes & {
  readonly node: string;
  /** When connections were refused or broke before anything was sent, by `performance.now()`. */
  readonly refusedMs: number[];
  /** When requests began. */
  readonly begunMs: number[];
};

/** Requests of mixed kinds through every node, every byte of every answer checked, while faults are done to a fleet. */
export type VerifiedTraffic = {
  of(node: string): NodeOutcomes;
  /** What went wrong: nothing is to, at nodes that nothing was done to. */
  faults(...nodes: readonly string[]): readonly string[];
  /** Waits until clients of these nodes (default: all) were answered so many times more. */
  more(times: number, ...nodes: readonly string[]): Promise<void>;
  /** Waits until every client has begun and ended a connection: whatever was under way before is over, and counted. */
  round(): Promise<void>;
  /** Stops; resolves when nothing is under way any more. */
  stop(): Promise<void>;
};

export type VerifiedTrafficOptions = {
  readonly seed?: number;
  /** Clients per node, each with one request under way. Default 2. */
  readonly clients?: number;
  /** Between a client's connections, milliseconds. Default 50. */
  readonly pauseMs?: number;
};

/** Requests on one connection. */
const BURST = 4;
/** Starts sending requests to every node. */
export function startVerifiedTraffic(
  nodes: readonly { readonly name: string; readonly port: number }[],
  options: VerifiedTrafficOptions = {},
): VerifiedTraffic {
  const { seed = 1, clients = 2, pauseMs = 50 } = options;
  const random = seeded(seed);
  const byNode = new Map<string, NodeOutcomes>();
  /** Connections each client has ended. */
  const rounds: number[] = [];
  let stopped = false;

  async function client(outcomes: NodeOutcomes, port: number): Promise<void> {
    const index = rounds.push(0) - 1;
    for (; !stopped; rounds[index] = (rounds[index] ?? 0) + 1) {
      let left = BURST;
      const goOn = () => {
        if (left-- === 0 || stopped) return false;
        outcomes.begunMs.push(performance.now());
        return true;
      };
      try {
        await verify(port, outcomes, random, goOn);
      } catch {
        outcomes.refusedMs.push(performance.now());
        outcomes.begunMs.pop();
      }
      await delay(pauseMs);
    }
  }

  const running = nodes.flatMap(({ name, port }) => {
    const outcomes = { ...noOutcomes(), node: name, refusedMs: [], begunMs: [] };
    byNode.set(name, outcomes);
    return Array.from({ length: clients }, () => client(outcomes, port));
  });

  function of(node: string): NodeOutcomes {
    const outcomes = byNode.get(node);
    if (outcomes === undefined) throw new Error(`no traffic goes through ${node}`);
    return outcomes;
  }

  const chosen = (names: readonly string[]) => (names.length === 0 ? [...byNode.keys()] : names).map(of);

  return {
    of,
    faults(...names) {
      return chosen(names).flatMap(({ node, wrong, failures, refusedMs }) => [
        ...wrong.map((what) => `${node}: ${what}`),
        ...failures.map(({ kind }) => `${node}: ${kind}`),
        ...refusedMs.map(() => `${node}: refused`),
      ]);
    },
    async more(times, ...names) {
      const wanted = chosen(names).map((outcomes) => ({ outcomes, count: answeredOf(outcomes) + times }));
      await patiently(
        `${times} more answers of each node`,
        () => stopped || wanted.every(({ outcomes, count }) => answeredOf(outcomes) >= count),
      );
    },
    async round() {
      // The one under way may have begun before.
      const wanted = rounds.map((ended) => ended + 2);
      await patiently(
        'a round of every client',
        () => stopped || wanted.every((count, index) => (rounds[index] ?? 0) >= count),
      );
    },
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}

/** Whole answers. */
export function answeredOf({ ok }: Outcomes): number {
  return [...ok.values()].reduce((sum, count) => sum + count, 0);
}
