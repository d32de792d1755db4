import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { runInSlices } from '../run-in-slices.ts';
import { openScoreboard } from '../scoreboard/scoreboard.ts';
import { Downstream } from './downstream.ts';
import { type CompiledGeneration, emptyGeneration, GenerationCompiler, type ProxyGeneration } from './generation.ts';
import { GenerationIntake } from './generation-intake.ts';
import { addressKey, type Listening, listenOn, takesIn } from './listening.ts';
import { loopDelay } from './loop-delay.ts';
import { NOTHING_PLACED } from './placed-definition.ts';
import type { ThreadContext } from './thread-context.ts';
import type { BoundListener, FromThread, GenerationChange, ThreadData, ToThread } from './thread-message.ts';
import { TimerWheel } from './timers.ts';

/** How long the agent may wait for news of rows let go of one by one, milliseconds: they are no use before the next change. */
const ROWS_RELEASED_MS = 100;

/** Connections ended in one turn of the event loop when a listener goes; the others' requests wait meanwhile. */
const ENDS_PER_TURN = 100;

type Prepared = CompiledGeneration & {
  readonly listeners: readonly BoundListener[];
  /** Addresses bound for it. */
  readonly added: readonly string[];
};

/** One proxy thread: its event loop, listeners and connections; the entry point of the worker. */
class ProxyThread {
  readonly #data: ThreadData;
  readonly #context: ThreadContext;
  /** With the listeners they came in by. */
  readonly #connections = new Map<Downstream, BoundListener>();
  readonly #listening = new Map<string, Listening>();
  readonly #post: (message: FromThread) => void;
  readonly #compiler: GenerationCompiler;
  readonly #loopDelay = loopDelay();
  /** A generation of which parts have come. */
  #coming: { readonly number: number; readonly intake: GenerationIntake } | undefined;
  #prepared: Prepared | undefined;
  /** Generations swapped out that exchanges still run on. */
  #older: ProxyGeneration[] = [];
  #releasedBelow = 0;
  #announcingRows = false;

  constructor(data: ThreadData, post: (message: FromThread) => void) {
    this.#data = data;
    this.#post = post;
    const scoreboard = openScoreboard(data.scoreboard);
    const wheel = new TimerWheel();
    this.#compiler = new GenerationCompiler({ wheel, thread: data.thread, threads: data.threads });
    this.#context = {
      thread: data.thread,
      lockOwner: data.thread + 1,
      scoreboard,
      busyShare: scoreboard.busyOf(data.thread),
      routeHolds: scoreboard.routeHoldsOf(data.thread),
      wheel,
      hostname: hostname(),
      product: data.product,
      generation: emptyGeneration(),
      draining: false,
      released: () => this.#announceReleased(),
      rowsReleased: () => this.#announceRows(),
      post,
    };
  }

  async receive(message: ToThread): Promise<void> {
    switch (message.type) {
      case 'generation-part':
        this.#takePart(message);
        break;
      case 'generation':
        await this.#prepare(message);
        break;
      case 'generation-commit':
        this.#commit(message.number);
        break;
      case 'generation-abandon':
        this.#abandon(message.number);
        break;
      case 'drain':
        this.#drain();
        break;
      case 'loop-delay':
        this.#post({ type: 'loop-delay', thread: this.#data.thread, maxMs: this.#loopDelay() });
        break;
    }
  }

  #takePart(change: GenerationChange): void {
    const { number } = change;
    try {
      this.#intake(change).take(change.part);
      this.#post({ type: 'generation-part-taken', number });
    } catch (error) {
      this.#refuse(number, error);
    }
  }

  /** Where the parts of a generation are put together; parts of one that never became whole are forgotten. */
  #intake({ number, base }: GenerationChange): GenerationIntake {
    if (this.#coming?.number === number) return this.#coming.intake;
    const served = this.#context.generation;
    if (base !== 0 && base !== served.number) {
      throw new Error(`invariant broken: a change of generation ${base} reached a thread that serves ${served.number}`);
    }
    const intake = new GenerationIntake(base === 0 ? NOTHING_PLACED : served.definition);
    this.#coming = { number, intake };
    return intake;
  }

  async #prepare(change: Extract<ToThread, { type: 'generation' }>): Promise<void> {
    const { number, revision, listeners } = change;
    const added: string[] = [];
    try {
      const intake = this.#intake(change);
      intake.take(change.part);
      this.#coming = undefined;
      const source = { number, revision, definition: intake.finish() };
      const compiled = await runInSlices(this.#compiler.compile(source, this.#context.generation));
      for (const address of listeners) {
        const key = addressKey(address);
        if (this.#listening.has(key)) continue;
        this.#listening.set(key, await this.#listen(address));
        added.push(key);
      }
      this.#prepared = { ...compiled, listeners, added };
      this.#post({ type: 'generation-prepared', number });
    } catch (error) {
      for (const key of added) this.#close(key);
      this.#refuse(number, error);
    }
  }

  #refuse(number: number, error: unknown): void {
    this.#coming = undefined;
    const text = error instanceof Error ? error.message : String(error);
    this.#post({ type: 'generation-refused', number, errors: [text] });
  }

  #listen(address: BoundListener): Promise<Listening> {
    return listenOn(
      address,
      (socket) => this.#accept(socket, address),
      ({ message }) =>
        this.#log('error', 'DP2001', 'accepting connections failed', { err: message, port: address.port }),
    );
  }

  #commit(number: number): void {
    const prepared = this.#prepared;
    if (prepared?.generation.number !== number) return;
    this.#prepared = undefined;
    const previous = this.#context.generation;
    this.#context.generation = prepared.generation;
    const wanted = new Set(prepared.listeners.map(addressKey));
    const gone = [...this.#listening.keys()].filter((key) => !wanted.has(key));
    for (const key of gone) this.#close(key);
    if (gone.length > 0) void this.#endOrphans();
    for (const listening of this.#listening.values()) {
      const held = listening.held ?? [];
      listening.held = undefined;
      for (const socket of held) this.#accept(socket, listening.address);
    }
    for (const pool of prepared.left) pool.retire();
    for (const connection of this.#connections.keys()) connection.leaveGeneration();
    this.#older.push(previous);
    this.#post({
      type: 'generation-serving',
      number,
      listeners: [...this.#listening.values()].map(({ address }) => address),
    });
    this.#announceReleased();
  }

  #abandon(number: number): void {
    if (this.#coming?.number === number) this.#coming = undefined;
    const prepared = this.#prepared;
    if (prepared?.generation.number !== number) return;
    this.#prepared = undefined;
    for (const key of prepared.added) this.#close(key);
    for (const pool of prepared.fresh) pool.retire();
  }

  /** Tells the agent once nothing runs on generations below the one served. */
  #announceReleased(): void {
    if (this.#older.length === 0) return;
    this.#older = this.#older.filter(({ exchanges }) => exchanges > 0);
    const below = this.#older[0]?.number ?? this.#context.generation.number;
    if (below <= this.#releasedBelow) return;
    this.#releasedBelow = below;
    this.#post({ type: 'generations-released', below });
  }

  /** Has the agent look for rows that only exchanges held which had left their generations; once for all that end within a while. */
  #announceRows(): void {
    if (this.#announcingRows) return;
    this.#announcingRows = true;
    setTimeout(() => {
      this.#announcingRows = false;
      this.#post({ type: 'generations-released', below: this.#releasedBelow });
    }, ROWS_RELEASED_MS);
  }

  #accept(socket: Socket, address: BoundListener): void {
    if (socket.remoteAddress === undefined) {
      socket.destroy(); // Gone before it was accepted.
      return;
    }
    const connection = new Downstream(this.#context, socket, address.configuredPort, address.configuredAddress);
    this.#connections.set(connection, address);
    socket.once('close', () => this.#connections.delete(connection));
  }

  #close(key: string): void {
    const listening = this.#listening.get(key);
    this.#listening.delete(key);
    listening?.server.close();
    for (const socket of listening?.held ?? []) socket.destroy();
  }

  /**
   * Ends connections that came in where nobody listens any more. All are told before another request can be read; the ends are sent
   * a few at a time.
   */
  async #endOrphans(): Promise<void> {
    const listeners = new Set([...this.#listening.values()].map(({ address }) => address));
    const orphans = [...this.#connections].filter(
      ([{ localAddress }, from]) =>
        !listeners.has(from) && !listeners.values().some((listener) => takesIn(listener, from, localAddress)),
    );
    const idle = orphans.filter(([connection]) => connection.listenerGone());
    for (const [i, [connection]] of idle.entries()) {
      if (i % ENDS_PER_TURN === ENDS_PER_TURN - 1) await nextTurn();
      if (this.#connections.has(connection)) connection.end();
    }
  }

  /** Stops accepting, ends idle connections, waits for the rest within the bound. */
  #drain(): void {
    this.#context.draining = true;
    for (const key of [...this.#listening.keys()]) this.#close(key);
    for (const connection of this.#connections.keys()) connection.drain();
    const deadlineMs = performance.now() + this.#data.gracefulTimeoutMs;
    const poll = setInterval(() => {
      if (this.#connections.size > 0 && performance.now() < deadlineMs) return;
      clearInterval(poll);
      const unfinished = [...this.#connections.keys()].filter(({ busy }) => busy).length;
      for (const connection of this.#connections.keys()) connection.destroy();
      this.#post({ type: 'drained', unfinished });
    }, 20);
  }

  #log(level: 'info' | 'warn' | 'error', code: string, message: string, fields: Record<string, unknown>): void {
    this.#post({ type: 'log', level, code, message, fields: { thread: this.#data.thread, ...fields } });
  }
}

const port = parentPort;
if (port === null) throw new Error('a proxy thread runs as a worker of its node');
const thread = new ProxyThread(workerData as ThreadData, (message) => port.postMessage(message));
let pending = Promise.resolve();
port.on('message', (message: ToThread) => {
  // One at a time, in order: a commit must find its generation prepared.
  pending = pending.then(() => thread.receive(message));
});
port.postMessage({ type: 'ready' } satisfies FromThread);
