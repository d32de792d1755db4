import type { Socket } from 'node:net';
import { type ResponseFraming, responseFraming } from '../http1/body-framing.ts';
import { ChunkedDecoder } from '../http1/chunked.ts';
import { HeadProgress } from '../http1/field-section.ts';
import type { HeaderFields } from '../http1/header-fields.ts';
import { parseResponseHead, type ResponseHead } from '../http1/response-head.ts';
import { Outgoing } from './outgoing.ts';
import { Stash } from './stash.ts';

const SMALL_BUFFER = 16 * 1024;
const LARGE_BUFFER = 64 * 1024;
/** A response head larger than this in total is refused, whatever its lines' lengths. */
const MAX_RESPONSE_HEAD = 256 * 1024;
const MAX_RESPONSE_FIELDS = 1000;

/** What a connection tells the exchange that uses it. Calls come from within one read; `afterRead` ends each batch. */
export type UpstreamUser = {
  readonly requestMethod: string;
  /** Longest header line accepted, bytes. */
  readonly responseFieldSize: number;
  onInterim(head: ResponseHead): void;
  onResponse(head: ResponseHead, framing: ResponseFraming): void;
  onResponseBody(buffer: Buffer, from: number, to: number): void;
  onResponseEnd(trailers: HeaderFields | undefined): void;
  onMalformedResponse(kind: 'malformed' | 'too-large', detail: string): void;
  /** Bytes after a 101, as they come. */
  onTunnelData(buffer: Buffer, from: number, to: number): void;
  onTunnelEnd(): void;
  /** The connection ended before the response did. */
  onUpstreamClosed(phase: 'head' | 'body', error: Error | undefined): void;
  /** Sends on what the read brought. @returns false to stop reading until `resume` */
  afterRead(): boolean;
  onUpstreamDrain(): void;
};

type Phase = 'idle' | 'head' | 'body' | 'tunnel' | 'closed';

/**
 * One connection to a worker. Reads into a buffer of its own that is used again and again as long as whatever it was
 * relayed to took it at once.
 */
export class UpstreamConnection {
  readonly socket: Socket;
  readonly out: Outgoing;
  /** `performance.now()` when it became idle. */
  idleSinceMs = 0;
  /** False when the response's framing or the peer forbids another exchange. */
  reusable = true;
  readonly #reader: UpstreamReader;
  #user: UpstreamUser | undefined;
  #phase: Phase = 'idle';
  #framing: ResponseFraming = { kind: 'none' };
  #remaining = 0;
  readonly #chunked = new ChunkedDecoder();
  /** Bytes of an incomplete response head. */
  readonly #partial = new Stash();
  readonly #progress = new HeadProgress();
  #onIdleClosed: ((connection: UpstreamConnection) => void) | undefined;
  #error: Error | undefined;

  constructor(socket: Socket, reader: UpstreamReader) {
    this.socket = socket;
    this.out = new Outgoing(socket);
    this.#reader = reader;
    reader.connection = this;
    socket.on('error', (error) => {
      this.#error = error;
    });
    // An orderly end and a reset both come here; `error` is set only by the latter.
    socket.on('end', () => this.#ended());
    socket.on('close', () => this.#ended());
    socket.on('drain', () => this.#user?.onUpstreamDrain());
  }

  get closed(): boolean {
    return this.#phase === 'closed';
  }

  /** Gives the connection to an exchange whose client is behind `target`; responses go there until `detach`. */
  attach(user: UpstreamUser, target: Socket): void {
    this.#user = user;
    this.#reader.target = target;
    this.#phase = 'head';
    this.#onIdleClosed = undefined;
    this.#partial.clear();
    this.#progress.reset();
  }

  /** Takes it back after a complete response, from within the read that ended it; `onIdleClosed` is told if the worker ends it meanwhile. */
  detach(onIdleClosed: (connection: UpstreamConnection) => void): void {
    this.#user = undefined;
    this.#reader.release();
    this.#phase = 'idle';
    this.#onIdleClosed = onIdleClosed;
    this.idleSinceMs = performance.now();
  }

  /** Ends it at once, telling nobody. */
  destroy(): void {
    this.#user = undefined;
    this.#onIdleClosed = undefined;
    this.#phase = 'closed';
    this.socket.destroy();
  }

  resume(): void {
    this.socket.resume();
  }

  /** @internal one read. @returns false to stop reading */
  onRead(buffer: Buffer, end: number): boolean {
    const user = this.#user;
    if (user === undefined) {
      // A worker that speaks unasked can't be trusted with another request.
      const idleClosed = this.#onIdleClosed;
      this.destroy();
      idleClosed?.(this);
      return true;
    }
    this.#consume(user, buffer, 0, end);
    return user.afterRead();
  }

  #consume(user: UpstreamUser, buffer: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end && this.#user === user) {
      if (this.#phase === 'head') {
        const next = this.#head(user, buffer, at, end);
        if (next === undefined) return;
        if (next.buffer !== buffer) {
          this.#consume(user, next.buffer, next.at, next.buffer.length);
          return;
        }
        at = next.at;
      } else if (this.#phase === 'body') {
        at = this.#body(user, buffer, at, end);
      } else if (this.#phase === 'tunnel') {
        user.onTunnelData(buffer, at, end);
        return;
      } else {
        // Bytes after a complete response: the next answer's place is not known any more.
        this.reusable = false;
        return;
      }
    }
  }

  /** Parses a head. @returns where the rest begins, possibly in another buffer; undefined: wait for more, or refused */
  #head(user: UpstreamUser, buffer: Buffer, at: number, end: number): { buffer: Buffer; at: number } | undefined {
    // The read buffer serves again, so an unfinished head is kept in memory of its own.
    const partial = this.#partial;
    if (partial.length > 0) partial.append(buffer, at, end);
    const from = partial.length > 0 ? partial.view() : buffer;
    const start = partial.length > 0 ? 0 : at;
    const stop = partial.length > 0 ? from.length : end;
    const limits = { lineBytes: user.responseFieldSize, fields: MAX_RESPONSE_FIELDS };
    const head = parseResponseHead(from, start, stop, limits, this.#progress);
    if (head === undefined) {
      if (stop - start > MAX_RESPONSE_HEAD) {
        this.#refuse(user, 'too-large', `response head above ${MAX_RESPONSE_HEAD} bytes`);
      } else if (partial.length === 0) {
        partial.append(buffer, at, end);
      }
      return undefined;
    }
    partial.clear();
    if ('error' in head) {
      const kind = head.error === 'line-too-long' || head.error === 'too-many-fields' ? 'too-large' : 'malformed';
      this.#refuse(user, kind, head.detail);
      return undefined;
    }
    const next = start + head.headBytes;
    if (head.status < 200 && head.status !== 101) {
      user.onInterim(head);
      return { buffer: from, at: next };
    }
    const framing = responseFraming(head, user.requestMethod);
    if ('error' in framing) {
      this.#refuse(user, 'malformed', framing.error);
      return undefined;
    }
    this.#begin(user, head, framing);
    return { buffer: from, at: next };
  }

  #begin(user: UpstreamUser, head: ResponseHead, framing: ResponseFraming): void {
    this.#framing = framing;
    this.#phase = head.status === 101 ? 'tunnel' : 'body';
    if (framing.kind === 'length') this.#remaining = framing.length;
    if (framing.kind === 'chunked') this.#chunked.reset();
    user.onResponse(head, framing);
    if (this.#user !== user || this.#phase === 'tunnel') return;
    if (framing.kind === 'none' || (framing.kind === 'length' && framing.length === 0)) this.#complete(user, undefined);
  }

  #body(user: UpstreamUser, buffer: Buffer, at: number, end: number): number {
    if (this.#framing.kind === 'length') {
      const stop = Math.min(end, at + this.#remaining);
      this.#remaining -= stop - at;
      user.onResponseBody(buffer, at, stop);
      if (this.#remaining === 0 && this.#user === user) this.#complete(user, undefined);
      return stop;
    }
    if (this.#framing.kind === 'chunked') {
      const decoder = this.#chunked;
      const next = decoder.decode(buffer, at, end, (from, to) => user.onResponseBody(buffer, from, to));
      if (this.#user !== user) return end;
      if (decoder.error !== undefined) {
        this.#refuse(user, 'malformed', decoder.error);
        return end;
      }
      if (decoder.done) this.#complete(user, decoder.trailers.length > 0 ? decoder.trailers : undefined);
      return next;
    }
    user.onResponseBody(buffer, at, end);
    return end;
  }

  #complete(user: UpstreamUser, trailers: HeaderFields | undefined): void {
    this.#phase = 'idle';
    user.onResponseEnd(trailers);
  }

  #refuse(user: UpstreamUser, kind: 'malformed' | 'too-large', detail: string): void {
    this.reusable = false;
    if (this.#phase === 'body') {
      this.#phase = 'closed';
      user.onUpstreamClosed('body', new Error(detail));
    } else {
      this.#phase = 'closed';
      user.onMalformedResponse(kind, detail);
    }
  }

  #ended(): void {
    const user = this.#user;
    const phase = this.#phase;
    if (phase === 'closed') return;
    this.reusable = false;
    if (user === undefined) {
      const idleClosed = this.#onIdleClosed;
      this.destroy();
      idleClosed?.(this);
      return;
    }
    if (phase === 'tunnel') {
      if (this.#error !== undefined || this.socket.destroyed) {
        this.#phase = 'closed';
        user.onUpstreamClosed('body', this.#error);
      } else {
        user.onTunnelEnd();
      }
      return;
    }
    if (phase === 'idle') return; // The response is complete; the exchange is about to let go of the connection.
    this.#phase = 'closed';
    if (phase === 'body' && this.#framing.kind === 'until-close' && this.#error === undefined) {
      user.onResponseEnd(undefined);
    } else {
      user.onUpstreamClosed(phase, this.#error);
    }
    user.afterRead();
  }
}

/** The `onread` half of an upstream socket: made before the socket, bound to its connection once connected. */
export class UpstreamReader {
  connection: UpstreamConnection | undefined;
  /** Where the last read's bytes were relayed to. */
  target: Socket | undefined;
  #buffer: Buffer = Buffer.allocUnsafeSlow(SMALL_BUFFER);
  #filled = false;

  /** The buffer for the next read: the same one unless a pending write may still refer to it. */
  readonly buffer = (): Buffer => {
    const wanted = this.#filled ? LARGE_BUFFER : this.#buffer.length;
    const retained = this.target !== undefined && this.target.writableLength > 0;
    if (retained || wanted > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(wanted);
    return this.#buffer;
  };

  /** Relays to `target` no more. What is still to be written there keeps its memory: the next answer is another client's. */
  release(): void {
    const retained = this.target !== undefined && this.target.writableLength > 0;
    if (retained) this.#buffer = Buffer.allocUnsafeSlow(SMALL_BUFFER);
    this.target = undefined;
  }

  readonly callback = (bytes: number, buffer: Uint8Array): boolean => {
    this.#filled = bytes === buffer.length;
    return this.connection?.onRead(buffer as Buffer, bytes) ?? true;
  };
}
