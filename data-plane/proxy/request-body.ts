import type { RequestFraming } from '../http1/body-framing.ts';
import { ChunkedDecoder } from '../http1/chunked.ts';
import type { HeaderFields } from '../http1/header-fields.ts';

/** Body bytes read before a worker is connected to; kept, so that the next worker can be sent them as well. @source apache-semantics 9.1 */
export const PREFETCH_BYTES = 16 * 1024;

/** Kept runs below this are copied together: each would cost an object, however few bytes a client puts in a chunk. */
const SMALL_RUN = 1024;

/** Reads one request's body off the client's bytes, and holds what was read before the worker was ready for it. */
export class RequestBody {
  readonly framing: RequestFraming;
  /** The whole body was received. */
  complete: boolean;
  /** Why the body can't be read on; the request is refused with 400. */
  error: string | undefined;
  /** Body bytes received so far, without chunk framing. */
  receivedBytes = 0;
  trailers: HeaderFields | undefined;
  readonly prefetched: Buffer[] = [];
  prefetchedBytes = 0;
  /** Memory for small runs, as far as `#smallUsed` in use; the last kept run ends there if `#lastIsSmall`. */
  #small: Buffer | undefined;
  #smallUsed = 0;
  #lastIsSmall = false;
  #remaining = 0;
  readonly #decoder: ChunkedDecoder | undefined;

  constructor(framing: RequestFraming) {
    this.framing = framing;
    this.complete = framing.kind === 'none' || (framing.kind === 'length' && framing.length === 0);
    if (framing.kind === 'length') this.#remaining = framing.length;
    if (framing.kind === 'chunked') this.#decoder = new ChunkedDecoder();
  }

  /** Whether the client announced a body at all, be it empty. */
  get announced(): boolean {
    return this.framing.kind !== 'none';
  }

  /** Body bytes still to come, if the client said. */
  get remaining(): number | undefined {
    return this.#decoder === undefined ? this.#remaining : undefined;
  }

  /** Reads buffer[at, end) up to the body's end. @returns the offset after the last byte that belongs to it */
  read(buffer: Buffer, at: number, end: number, onRun: (from: number, to: number) => void): number {
    const decoder = this.#decoder;
    if (decoder === undefined) {
      const stop = Math.min(end, at + this.#remaining);
      if (stop === at) return at;
      this.#remaining -= stop - at;
      this.receivedBytes += stop - at;
      this.complete = this.#remaining === 0;
      onRun(at, stop);
      return stop;
    }
    const next = decoder.decode(buffer, at, end, (from, to) => {
      this.receivedBytes += to - from;
      onRun(from, to);
    });
    this.error = decoder.error;
    if (decoder.done) {
      this.complete = true;
      if (decoder.trailers.length > 0) this.trailers = decoder.trailers;
    }
    return next;
  }

  /** Keeps a run for when the worker is there. The buffer must not be reused by the caller. */
  keep(buffer: Buffer, from: number, to: number): void {
    const { prefetched } = this;
    const length = to - from;
    this.prefetchedBytes += length;
    if (length >= SMALL_RUN || prefetched.length === 0) {
      prefetched.push(buffer.subarray(from, to));
      this.#lastIsSmall = false;
      return;
    }
    if (this.#small === undefined || this.#smallUsed + length > this.#small.length) {
      this.#small = Buffer.allocUnsafeSlow(PREFETCH_BYTES);
      this.#smallUsed = 0;
      this.#lastIsSmall = false;
    }
    const start = this.#lastIsSmall ? this.#smallUsed - prefetched.pop()!.length : this.#smallUsed;
    buffer.copy(this.#small, this.#smallUsed, from, to);
    this.#smallUsed += length;
    prefetched.push(this.#small.subarray(start, this.#smallUsed));
    this.#lastIsSmall = true;
  }
}
