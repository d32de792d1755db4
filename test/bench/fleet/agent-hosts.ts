import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '#test/support/wait.ts';

export type HostOptions = {
  readonly nats: string;
  readonly fleet: string;
  /** Number of its first node. */
  readonly first: number;
  readonly count: number;
  /** Of all data directories. */
  readonly dir: string;
  /** Nodes take turns in so many zones. */
  readonly zones: number;
};

export type ToHost =
  | { readonly type: 'start'; readonly options: HostOptions }
  | { readonly type: 'take' }
  | { readonly type: 'stop' };

export type FromHost =
  | { readonly type: 'started' }
  | {
      readonly type: 'events';
      readonly events: readonly AgentEvent[];
      /** Warnings and errors since its start, with how often they came. */
      readonly troubles: readonly (readonly [string, number])[];
      readonly rssMiB: number;
    };

/** What a node did, and when, by the machine's clock, epoch milliseconds. */
export type AgentEvent =
  /** It swapped to a revision. */
  | { readonly kind: 'serving'; readonly node: number; readonly revision: number; readonly atMs: number }
  /** The fleet's verdict is in its scoreboard, or is there no more. */
  | { readonly kind: 'down' | 'up'; readonly node: number; readonly atMs: number };

export type AgentHosts = {
  readonly nodes: number;
  readonly pids: readonly number[];
  /** What happened since this was asked last. */
  take(): Promise<readonly AgentEvent[]>;
  /** Collects events until each node has one that `wanted` takes. @returns when, by node; the first of each counts */
  each(what: string, wanted: (event: AgentEvent) => boolean, withinMs?: number): Promise<ReadonlyMap<number, number>>;
  troubles(): ReadonlyMap<string, number>;
  rssMiB(): number;
  stop(): Promise<void>;
};

const HOST = fileURLToPath(new URL('./agent-host.ts', import.meta.url));

/** Starts nodes that are agents only, spread over processes. */
export async function startAgentHosts(options: {
  readonly nats: string;
  readonly fleet: string;
  readonly nodes: number;
  readonly processes: number;
  readonly zones?: number;
}): Promise<AgentHosts> {
  const { nats, fleet, nodes, processes, zones = 3 } = options;
  // In memory where that can be had: a thousand nodes have a thousand disks, and one disk cannot stand in for them.
  const dir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'penstock-agents-'));
  const share = Math.ceil(nodes / processes);
  const hosts: ChildProcess[] = [];
  const troubles = new Map<string, number>();
  let rssMiB = 0;
  /** Events taken by one who waited for others. */
  let kept: AgentEvent[] = [];
  let stopping = false;

  function ask(host: ChildProcess, message: ToHost): Promise<FromHost> {
    return new Promise((resolve, reject) => {
      const gone = (code: number | null) => reject(new Error(`host of agents ended with ${code}`));
      host.once('exit', gone);
      host.once('message', (answer: FromHost) => {
        host.off('exit', gone);
        resolve(answer);
      });
      host.send(message);
    });
  }

  async function take(): Promise<readonly AgentEvent[]> {
    const answers = await Promise.all(hosts.map((host) => ask(host, { type: 'take' })));
    troubles.clear();
    rssMiB = 0;
    const events = kept;
    kept = [];
    for (const answer of answers) {
      if (answer.type !== 'events') continue;
      events.push(...answer.events);
      rssMiB += answer.rssMiB;
      for (const [text, count] of answer.troubles) troubles.set(text, (troubles.get(text) ?? 0) + count);
    }
    return events;
  }

  async function stop(): Promise<void> {
    if (stopping) return;
    stopping = true;
    await Promise.all(
      hosts.map(async (host) => {
        if (host.exitCode !== null || host.signalCode !== null) return;
        const ended = new Promise((resolve) => host.once('exit', resolve));
        const timer = setTimeout(() => host.kill('SIGKILL'), 20_000);
        host.send({ type: 'stop' } satisfies ToHost);
        await ended;
        clearTimeout(timer);
      }),
    );
    rmSync(dir, { recursive: true, force: true });
  }

  try {
    for (let first = 0; first < nodes; first += share)
      hosts.push(fork(HOST, { stdio: 'inherit', env: { ...process.env, UV_THREADPOOL_SIZE: '16' } }));
    await Promise.all(
      hosts.map((host, i) => {
        const first = i * share;
        const count = Math.min(share, nodes - first);
        return ask(host, { type: 'start', options: { nats, fleet, first, count, dir, zones } });
      }),
    );
  } catch (err) {
    for (const host of hosts) host.kill('SIGKILL');
    throw err;
  }

  return {
    nodes,
    pids: hosts.flatMap(({ pid }) => pid ?? []),
    take,
    async each(what, wanted, withinMs = 300_000) {
      const seen = new Map<number, number>();
      const others: AgentEvent[] = [];
      let lookAtMs = 0;
      await eventually(
        `${what} on ${nodes} nodes`,
        async () => {
          // Seldom: who is asked all the time has less time for what is measured.
          if (performance.now() < lookAtMs) return false;
          lookAtMs = performance.now() + 100;
          for (const event of await take()) {
            if (!wanted(event)) others.push(event);
            else if (!seen.has(event.node)) seen.set(event.node, event.atMs);
          }
          return seen.size === nodes;
        },
        withinMs,
      ).catch((err: Error) => {
        throw new Error(`${err.message}: ${seen.size} have it; ${JSON.stringify([...troubles])}`);
      });
      kept = others;
      return seen;
    },
    troubles: () => troubles,
    rssMiB: () => rssMiB,
    stop,
  };
}
