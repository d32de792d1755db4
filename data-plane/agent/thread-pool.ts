import type { Logger, StartThread } from '../ports.ts';
import { changeBetween } from '../proxy/generation-change.ts';
import { NOTHING_PLACED } from '../proxy/placed-definition.ts';
import type { FromThread, Generation } from '../proxy/thread-message.ts';
import { openScoreboard, releaseBusyOf, releaseLocksOf } from '../scoreboard/scoreboard.ts';
import { threadOwner } from '../scoreboard/spin-lock.ts';
import { ProxyThread, type Sending } from './proxy-thread.ts';

export type ThreadPoolOptions = {
  readonly start: StartThread;
  readonly threads: number;
  readonly scoreboard: SharedArrayBuffer;
  readonly product: string;
  readonly gracefulTimeoutMs: number;
  /** How long threads may take to compile, and to swap. */
  readonly answerTimeoutMs: number;
  readonly restart: RestartPolicy;
  readonly log: Logger;
  readonly onMessage: (message: FromThread) => void;
  /** Some thread finished with older generations: `released()` may have risen. */
  readonly onReleased: () => void;
  /** No thread is left and none will be started. */
  readonly onFailed: (error: Error) => void;
};

/** A thread that dies is started again after `delayMs`, doubled at each further death within `windowMs`, `times` at most. */
export type RestartPolicy = {
  readonly delayMs: number;
  readonly maxDelayMs: number;
  readonly times: number;
  readonly windowMs: number;
};

/** A generation that every thread has ready. */
export type PreparedGeneration = {
  /** Swaps all. False if every one died of it: then restarted threads get the generation before, again. */
  commit(): Promise<boolean>;
  /** Has all forget it. */
  abandon(): void;
};

export type ThreadPool = ReturnType<typeof createThreadPool>;

/** Keeps the proxy threads running and on one generation. */
export function createThreadPool(options: ThreadPoolOptions) {
  const { log, restart, answerTimeoutMs } = options;
  const scoreboard = openScoreboard(options.scoreboard);
  /** By thread number; undefined while one waits to be started again, or was given up. */
  const running = new Map<number, ProxyThread>();
  const deaths = new Map<number, number[]>();
  const timers = new Map<number, NodeJS.Timeout>();
  const whenReady = new Set<() => void>();
  let committed: Generation | undefined;
  let failed: Error | undefined;
  let stopping = false;
  /** Exchanges of threads that ended without draining. */
  let cutOff = 0;

  function startThread(thread: number): void {
    timers.delete(thread);
    const { threads, gracefulTimeoutMs, product } = options;
    const data = { thread, threads, scoreboard: options.scoreboard, gracefulTimeoutMs, product };
    const proxy: ProxyThread = new ProxyThread(options.start, data, {
      onReady: () => void catchUp(proxy),
      onMessage: options.onMessage,
      onReleased: options.onReleased,
      onExit: (error) => ended(proxy, error),
    });
    running.set(thread, proxy);
  }

  /** Brings a thread that is new, or was busy when the others swapped, to what the others serve. */
  async function catchUp(proxy: ProxyThread): Promise<void> {
    while (committed !== undefined && proxy.serving !== committed.number && proxy.idle && !stopping) {
      const generation = committed;
      const parts = changeBetween(NOTHING_PLACED, generation.definition);
      const { errors } = await proxy.prepare({ generation, base: 0, parts }, answerTimeoutMs);
      if (errors.length > 0) {
        // The others took it: something is wrong with this thread, and its restarts are counted.
        if (!proxy.ended) log.error({ code: 'DP1203', thread: proxy.thread, errors }, 'proxy thread cannot catch up');
        proxy.terminate();
        return;
      }
      await proxy.commit(generation.number, answerTimeoutMs);
    }
    notifyReady();
  }

  function ended(proxy: ProxyThread, error: Error | undefined): void {
    const { thread } = proxy;
    running.delete(thread);
    // Before anything else: others may be asleep on a lock it holds.
    const locks = releaseLocksOf(options.scoreboard, threadOwner(thread));
    const exchanges = releaseBusyOf(scoreboard, thread);
    options.onReleased();
    if (stopping) {
      if (!proxy.drained) cutOff += exchanges;
      notifyReady();
      return;
    }

    const now = performance.now();
    const recent = [...(deaths.get(thread) ?? []), now].filter((time) => time > now - restart.windowMs);
    deaths.set(thread, recent);
    const fields = { thread, err: error, locks, exchanges, deaths: recent.length };
    if (recent.length > restart.times) {
      log.error({ code: 'DP1202', ...fields }, 'proxy thread died too often and is given up');
      if (running.size === 0 && timers.size === 0) {
        failed = new Error(`every proxy thread died too often; the last: ${error?.message ?? 'it exited'}`, {
          cause: error,
        });
        options.onFailed(failed);
      }
      notifyReady();
      return;
    }
    const delayMs = Math.min(restart.delayMs * 2 ** (recent.length - 1), restart.maxDelayMs);
    log.error({ code: 'DP1201', ...fields, delayMs }, 'proxy thread died and will be started again');
    timers.set(
      thread,
      setTimeout(() => startThread(thread), delayMs),
    );
  }

  function notifyReady(): void {
    for (const wake of [...whenReady]) wake();
  }

  /** Waits for `condition`, looked at whenever a thread became ready or was given up. Rejects when the pool failed or stops. */
  function until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (failed !== undefined) reject(failed);
        else if (stopping) reject(new Error('the node is stopping'));
        else if (condition()) resolve();
        else return;
        whenReady.delete(look);
      };
      whenReady.add(look);
      look();
    });
  }

  const serving = ({ number }: Generation) => [...running.values()].some((proxy) => proxy.serving === number);
  const participants = () =>
    [...running.values()].filter((proxy) => proxy.idle && proxy.serving === (committed?.number ?? 0));

  return {
    /** Starts all threads. Resolves when every one is ready, or given up while others are. */
    async start(): Promise<void> {
      for (let thread = 0; thread < options.threads; thread++) startThread(thread);
      await until(() => timers.size === 0 && running.size > 0 && [...running.values()].every((proxy) => proxy.up));
    },

    /**
     * Has every thread compile a generation and bind its addresses. If one refuses, or dies of it, all forget it and serve what
     * they served. They are sent what is new to them. Threads that are being restarted meanwhile do not take part and catch up later.
     *
     * @returns what to do with it, one of the two; or the errors
     */
    async prepare(generation: Generation): Promise<{ readonly errors: readonly string[] } | PreparedGeneration> {
      await until(() => participants().length > 0);
      const taking = participants();
      const base = committed?.definition ?? NOTHING_PLACED;
      const parts = changeBetween(base, generation.definition);
      const sending: Sending = { generation, base: committed?.number ?? 0, parts };
      const answers = await Promise.all(taking.map((proxy) => proxy.prepare(sending, answerTimeoutMs)));
      const errors = [...new Set(answers.flatMap((answer) => answer.errors))];
      if (errors.length > 0) {
        abandon();
        return { errors };
      }

      function abandon(): void {
        for (const proxy of taking) proxy.abandon(generation.number);
      }

      async function commit(): Promise<boolean> {
        const previous = committed;
        committed = generation;
        const swapped = await Promise.all(taking.map((proxy) => proxy.commit(generation.number, answerTimeoutMs)));
        // One that was started again meanwhile may serve it, too.
        const served = swapped.includes(true) || serving(generation);
        if (!served) committed = previous;
        for (const proxy of running.values()) if (proxy.idle) void catchUp(proxy);
        return served;
      }
      return { commit, abandon };
    },

    /** No thread has an exchange left of a generation below this one. */
    released(): number {
      const most = committed?.number ?? 0;
      return Math.min(most, ...[...running.values()].map((proxy) => proxy.released));
    },

    /** Drains all threads, then ends them. @returns exchanges cut off */
    async stop(): Promise<number> {
      stopping = true;
      notifyReady();
      for (const timer of timers.values()) clearTimeout(timer);
      const all = [...running.values()];
      // The threads keep the bound themselves; the margin is for one that no longer can.
      const margin = Math.max(1000, answerTimeoutMs);
      const drained = await Promise.all(all.map((proxy) => proxy.drain(options.gracefulTimeoutMs + margin)));
      for (const [i, proxy] of all.entries()) {
        if (drained[i] === undefined) log.warn({ code: 'DP1204', thread: proxy.thread }, 'proxy thread did not drain');
        proxy.terminate();
      }
      await untilEmpty();
      return drained.reduce<number>((sum, unfinished) => sum + (unfinished ?? 0), cutOff);
    },

    /** Threads up now. */
    size: () => [...running.values()].filter((proxy) => proxy.up).length,
  };

  function untilEmpty(): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (running.size > 0) return;
        whenReady.delete(look);
        resolve();
      };
      whenReady.add(look);
      look();
    });
  }
}
