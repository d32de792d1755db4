import type { StartThread, ThreadHandle } from '../ports.ts';
import type { GenerationPart } from '../proxy/generation-change.ts';
import type { FromThread, Generation, ThreadData } from '../proxy/thread-message.ts';

/** What a thread answers to a generation. */
export type Prepared = { readonly errors: readonly string[] };

export type ProxyThreadEvents = {
  readonly onReady: () => void;
  /** Everything that is not an answer this class waits for. */
  readonly onMessage: (message: FromThread) => void;
  readonly onExit: (error: Error | undefined) => void;
  readonly onReleased: () => void;
};

/** A generation as it goes to a thread. */
export type Sending = {
  readonly generation: Pick<Generation, 'number' | 'revision' | 'listeners'>;
  /** Generation that the parts lead from: the one the thread serves, or 0. */
  readonly base: number;
  /** At least one. */
  readonly parts: readonly GenerationPart[];
};

type Waiter = { readonly number: number; readonly settle: (answer: Prepared | 'serving') => void };

/**
 * One run of a proxy thread, seen from the agent: turns its messages into answers. A run that ended answers everything with the
 * error it ended with; the next run of the same thread is another object.
 */
export class ProxyThread {
  readonly thread: number;
  /** Generation it serves; 0 = none yet. */
  serving = 0;
  /** Said `ready`. */
  up = false;
  ended = false;
  /** Has finished what it had, or said what it cut off. */
  drained = false;
  #released: number | undefined;
  readonly #handle: ThreadHandle;
  #preparing: (Waiter & { readonly partTaken: () => void }) | undefined;
  #committing: Waiter | undefined;
  /** A generation it should have answered, and the time it still has. */
  #overdue: { readonly number: number; readonly timer: NodeJS.Timeout } | undefined;
  #draining: ((unfinished: number | undefined) => void) | undefined;

  constructor(start: StartThread, data: ThreadData, events: ProxyThreadEvents) {
    this.thread = data.thread;
    this.#handle = start(data, {
      onMessage: (message) => this.#receive(message, events),
      onExit: (error) => {
        this.ended = true;
        clearTimeout(this.#overdue?.timer);
        const text = `proxy thread ${this.thread} stopped: ${error?.message ?? 'it exited'}`;
        this.#preparing?.settle({ errors: [text] });
        this.#committing?.settle({ errors: [text] });
        this.#draining?.(undefined);
        events.onExit(error);
      },
    });
  }

  /** Neither preparing nor swapping. */
  get idle(): boolean {
    return this.up && !this.ended && this.#preparing === undefined && this.#committing === undefined;
  }

  /** No exchange is left of a generation below this one; a thread that has none at all says Infinity. */
  get released(): number {
    return this.ended ? Number.POSITIVE_INFINITY : (this.#released ?? Number.POSITIVE_INFINITY);
  }

  /**
   * Sends a generation to compile, part by part as the thread takes them. A thread that has not answered after twice `timeoutMs` does
   * not serve either: it is ended.
   *
   * @param timeoutMs from one answer to the next
   * @returns its errors, none if it is ready to swap; after `timeoutMs` that is an error, too
   */
  prepare({ generation, base, parts }: Sending, timeoutMs: number): Promise<Prepared> {
    const { number, revision, listeners } = generation;
    this.#released ??= number;
    let next = 0;
    const sendNext = () => {
      const part = parts[next++] ?? [];
      const change = { number, base, part };
      if (next < parts.length) this.#handle.post({ type: 'generation-part', ...change });
      else this.#handle.post({ type: 'generation', ...change, revision, listeners });
    };
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#awaitOverdue(number, timeoutMs);
        this.#preparing?.settle({ errors: [`proxy thread ${this.thread} did not answer within ${timeoutMs} ms`] });
      }, timeoutMs);
      this.#preparing = {
        number,
        partTaken: () => {
          timer.refresh();
          sendNext();
        },
        settle: (answer) => {
          clearTimeout(timer);
          this.#preparing = undefined;
          resolve(answer === 'serving' ? { errors: [] } : answer);
        },
      };
      sendNext();
    });
  }

  /** Lets it swap to what it prepared. @returns whether it serves it; not answering within `timeoutMs` ends the thread */
  commit(number: number, timeoutMs: number): Promise<boolean> {
    // It may have died while others still prepared: nobody would answer.
    if (this.ended) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#committing?.settle({ errors: [] });
        this.#handle.terminate();
      }, timeoutMs);
      this.#committing = {
        number,
        settle: (answer) => {
          clearTimeout(timer);
          this.#committing = undefined;
          resolve(answer === 'serving');
        },
      };
      this.#handle.post({ type: 'generation-commit', number });
    });
  }

  #awaitOverdue(number: number, timeoutMs: number): void {
    // Of two unanswered generations the first decides: answers come in order.
    this.#overdue ??= { number, timer: setTimeout(() => this.terminate(), timeoutMs) };
  }

  #answered(number: number): void {
    if (this.#overdue?.number !== number) return;
    clearTimeout(this.#overdue.timer);
    this.#overdue = undefined;
  }

  abandon(number: number): void {
    if (!this.ended) this.#handle.post({ type: 'generation-abandon', number });
  }

  /** @returns exchanges cut off; undefined if it ended without saying, or did not answer within `timeoutMs` */
  drain(timeoutMs: number): Promise<number | undefined> {
    if (!this.up || this.ended) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#draining?.(undefined), timeoutMs);
      this.#draining = (unfinished) => {
        clearTimeout(timer);
        this.#draining = undefined;
        this.drained = unfinished !== undefined;
        resolve(unfinished);
      };
      this.#handle.post({ type: 'drain' });
    });
  }

  terminate(): void {
    if (!this.ended) this.#handle.terminate();
  }

  #receive(message: FromThread, events: ProxyThreadEvents): void {
    switch (message.type) {
      case 'ready':
        this.up = true;
        events.onReady();
        return;
      case 'generation-part-taken':
        this.#answered(message.number);
        if (this.#preparing?.number === message.number) this.#preparing.partTaken();
        return;
      case 'generation-prepared':
        this.#answered(message.number);
        if (this.#preparing?.number === message.number) this.#preparing.settle({ errors: [] });
        return;
      case 'generation-refused':
        this.#answered(message.number);
        if (this.#preparing?.number === message.number) this.#preparing.settle({ errors: message.errors });
        return;
      case 'generation-serving':
        this.serving = message.number;
        if (this.#committing?.number === message.number) this.#committing.settle('serving');
        return;
      case 'generations-released':
        // A late message of an earlier swap must not take back what is known.
        this.#released = Math.max(this.#released ?? 0, message.below);
        events.onReleased();
        return;
      case 'drained':
        this.#draining?.(message.unfinished);
        return;
      default:
        events.onMessage(message);
    }
  }
}
