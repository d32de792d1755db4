import { runToEnd } from '#shared/slices.ts';
import type { CounterTotals } from '../../control-plane/core/projection/counters.ts';
import type { StartThread } from '../../data-plane/ports.ts';
import {
  type CompiledGeneration,
  emptyGeneration,
  GenerationCompiler,
  type ProxyBalancer,
} from '../../data-plane/proxy/generation.ts';
import { GenerationIntake } from '../../data-plane/proxy/generation-intake.ts';
import type { ThreadContext } from '../../data-plane/proxy/thread-context.ts';
import type { FromThread, Generation, GenerationChange, ToThread } from '../../data-plane/proxy/thread-message.ts';
import { TimerWheel } from '../../data-plane/proxy/timers.ts';
import { WorkerSearch } from '../../data-plane/proxy/worker-search.ts';
import { openScoreboard } from '../../data-plane/scoreboard/scoreboard.ts';
import { threadOwner } from '../../data-plane/scoreboard/spin-lock.ts';
import type { Kernel, Process } from './kernel.ts';

export type Traffic = {
  /** How far requests of one thread are apart, on the average; Infinity: there are none. */
  readonly meanMs: () => number;
  /** Whether a backend takes a connection from here now. */
  readonly reaches: (host: string, port: number) => boolean;
  /** Keeps count beside the program. */
  readonly count: (key: string, more: Partial<CounterTotals>) => void;
  /** Whether a generation is one that a thread dies of. */
  readonly poison: (generation: Pick<Generation, 'revision'>) => boolean;
  /** The whole process dies of it. */
  readonly die: () => void;
};

/** Pools are made and never used: one wheel that nobody arms is enough for all. */
const WHEEL = new TimerWheel();

/**
 * Proxy threads that proxy nothing but requests out of chance: they take generations, elect and count with the product's own code on the
 * node's scoreboard, and fail over; a backend is there or is not.
 */
export function simThreads(kernel: Kernel, process: Process, traffic: Traffic): StartThread {
  return (data, events) => {
    const chance = kernel.chance.fork(`thread ${data.thread} of ${process.name} at ${kernel.nowMs()}`);
    const scoreboard = openScoreboard(data.scoreboard);
    const compiler = new GenerationCompiler({ wheel: WHEEL, thread: data.thread, threads: data.threads });
    const inFlight = new Map<number, number>();
    let coming: { readonly number: number; readonly intake: GenerationIntake } | undefined;
    let prepared: (CompiledGeneration & Pick<Generation, 'listeners'>) | undefined;
    let ended = false;
    let draining = false;
    let released = 0;
    let [inMs, outMs] = [0, 0];

    const context: ThreadContext = {
      thread: data.thread,
      lockOwner: threadOwner(data.thread),
      scoreboard,
      busyShare: scoreboard.busyOf(data.thread),
      routeHolds: scoreboard.routeHoldsOf(data.thread),
      wheel: WHEEL,
      hostname: '',
      product: data.product,
      generation: emptyGeneration(),
      draining: false,
      released: () => {},
      rowsReleased: () => {},
      post,
    };

    function post(message: FromThread): void {
      outMs = Math.max(outMs, kernel.nowMs() + chance.between(0.05, 2));
      kernel.after(outMs - kernel.nowMs(), process, `thread says ${message.type}`, () => {
        if (!ended) events.onMessage(message);
      });
    }

    function receive(message: ToThread): void {
      switch (message.type) {
        case 'generation-part':
          intakeOf(message).take(message.part);
          post({ type: 'generation-part-taken', number: message.number });
          return;
        case 'generation': {
          const { number, revision, listeners } = message;
          const intake = intakeOf(message);
          intake.take(message.part);
          const definition = intake.finish();
          prepared = {
            ...runToEnd(compiler.compile({ number, revision, definition }, context.generation)),
            listeners,
          };
          post({ type: 'generation-prepared', number });
          return;
        }
        case 'generation-commit':
          if (prepared === undefined) throw new Error('invariant broken: told to serve what was not prepared');
          context.generation = prepared.generation;
          post({ type: 'generation-serving', number: message.number, listeners: prepared.listeners });
          prepared = undefined;
          release();
          if (traffic.poison(context.generation))
            kernel.after(chance.between(5, 3_000), process, 'poison', traffic.die);
          return;
        case 'generation-abandon':
          prepared = undefined;
          coming = undefined;
          return;
        case 'drain':
          draining = true;
          drained();
          return;
        case 'loop-delay':
          return;
      }
    }

    function intakeOf({ number, base }: GenerationChange): GenerationIntake {
      if (coming?.number === number) return coming.intake;
      const from = base === 0 ? emptyGeneration() : context.generation;
      if (base !== from.number) throw new Error(`invariant broken: a change of ${base}, ${from.number} is served`);
      coming = { number, intake: new GenerationIntake(from.definition) };
      return coming.intake;
    }

    function release(): void {
      const below = Math.min(context.generation.number, ...inFlight.keys());
      if (below <= released) return;
      released = below;
      post({ type: 'generations-released', below });
    }

    function drained(): void {
      if (draining && inFlight.size === 0) post({ type: 'drained', unfinished: 0 });
    }

    /** A request: an election and an attempt after the other until a worker answers or nobody is left. */
    function request(): void {
      const { generation } = context;
      const balancers = [...generation.balancers.values()];
      if (balancers.length === 0 || draining) return;
      const { number } = generation;
      inFlight.set(number, (inFlight.get(number) ?? 0) + 1);
      const search = new WorkerSearch(context, chance.pick<ProxyBalancer>(balancers), undefined);
      attempt(search, () => {
        search.release();
        const left = (inFlight.get(number) ?? 0) - 1;
        if (left > 0) inFlight.set(number, left);
        else inFlight.delete(number);
        release();
        drained();
      });
    }

    function attempt(search: WorkerSearch, done: () => void): void {
      const isElected = search.elect() === 'elected';
      const { worker } = search;
      if (!isElected || worker === undefined) {
        done();
        return;
      }
      const { key } = worker;
      traffic.count(key, { elected: 1n });
      search.occupy(worker);
      kernel.after(chance.between(0.2, 3), process, 'connects', () => {
        if (ended) return;
        if (!traffic.reaches(worker.settings.host, worker.settings.port)) {
          const decision = search.failed({ kind: 'connect-failed' }, 'ECONNREFUSED', false, false);
          traffic.count(key, { errors: 1n });
          if (decision.next === 'try-again') attempt(search, done);
          else done();
          return;
        }
        search.begun(false);
        traffic.count(key, { requests: 1n });
        kernel.after(chance.wait(30), process, 'answers', () => {
          if (ended) return;
          const [bytesIn, bytesOut] = [chance.index(100), chance.index(2_000)];
          search.completed(bytesIn, bytesOut);
          traffic.count(key, { responses: 1n, bytesIn: BigInt(bytesIn), bytesOut: BigInt(bytesOut) });
          done();
        });
      });
    }

    function goOn(): void {
      const meanMs = traffic.meanMs();
      const isQuiet = !Number.isFinite(meanMs);
      kernel.after(isQuiet ? 1_000 : chance.wait(meanMs), process, 'timer', () => {
        if (ended) return;
        if (!isQuiet) request();
        goOn();
      });
    }

    post({ type: 'ready' });
    goOn();
    return {
      post(message) {
        inMs = Math.max(inMs, kernel.nowMs() + chance.between(0.05, 2));
        kernel.after(inMs - kernel.nowMs(), process, `to thread: ${message.type}`, () => {
          if (!ended) receive(message);
        });
      },
      terminate() {
        if (ended) return;
        ended = true;
        kernel.after(0.1, process, 'thread ended', () => events.onExit(undefined));
      },
    };
  };
}
