import type { Socket } from 'node:net';
import { normaliseHost, type ServerContext, selectServer } from '#shared/routing/virtual-host.ts';
import { connectionOptions, requestFraming, requestTarget, validateRequest } from '../http1/body-framing.ts';
import { HeadProgress } from '../http1/field-section.ts';
import { isHeadError, parseRequestHead, type RequestHead, type RequestLimits } from '../http1/request-head.ts';
import type { ClientSide } from './client-side.ts';
import { Exchange } from './exchange.ts';
import { localResponse } from './local-response.ts';
import { Outgoing } from './outgoing.ts';
import { Stash } from './stash.ts';
import type { ThreadContext } from './thread-context.ts';
import type { Timer } from './timers.ts';

/** Unread bytes kept while a request is worked on (pipelined requests); above it the client is not read from. */
const MAX_STASH = 64 * 1024;
/** After the last response: how long to read on, so that a reset doesn't take the response back. @source httpd MAX_SECS_TO_LINGER */
const LINGER_MS = 2_000;
/** A client that closed its sending side may still read, or be gone; no answer begun by then means gone. */
const HALF_CLOSE_MS = 1_000;
const NOTHING = Buffer.alloc(0);

/** What the connection's one timer guards. */
type Guard = 'none' | 'head' | 'keep-alive' | 'body' | 'drain' | 'half-close' | 'linger';

/** One client connection: reads requests, one exchange at a time, until either side ends it. */
export class Downstream implements ClientSide {
  readonly socket: Socket;
  readonly out: Outgoing;
  /** Client's address, IPv4-mapped IPv6 as IPv4. */
  readonly address: string;
  /** Requests answered on this connection. */
  served = 0;
  /** Where it came in as virtual hosts are found by it, IPv4-mapped IPv6 as IPv4. */
  readonly localAddress: string;
  readonly #context: ThreadContext;
  readonly #configuredPort: number;
  readonly exchangeTimer: Timer;
  readonly #timer: Timer;
  readonly #progress = new HeadProgress();
  #guard: Guard = 'none';
  readonly #stash = new Stash();
  #exchange: Exchange | undefined;
  #server: ServerContext;
  #processing = false;
  #tunnelling = false;
  #paused = false;
  #ended = false;
  #closing = false;
  #listenerGone = false;
  /** `performance.now()` when the head or body under way began, for RequestReadTimeout. */
  #stageSinceMs = 0;

  /**
   * @param configuredPort the port as the configuration names it, whatever it was mapped to on this machine
   * @param configuredAddress likewise its address; undefined: the one the connection came in on
   */
  constructor(context: ThreadContext, socket: Socket, configuredPort: number, configuredAddress?: string) {
    this.#context = context;
    this.socket = socket;
    this.out = new Outgoing(socket);
    this.address = plainAddress(socket.remoteAddress ?? '');
    this.localAddress = plainAddress(configuredAddress ?? socket.localAddress ?? '');
    this.#configuredPort = configuredPort;
    this.#timer = context.wheel.timer(() => this.#expired());
    this.exchangeTimer = context.wheel.timer(() => this.#exchange?.expired());
    this.#server = this.#defaultServer();
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    socket.on('end', () => this.#peerEnded());
    socket.on('drain', () => this.#drained());
    socket.on('error', () => {}); // 'close' follows and says all there is to say.
    socket.on('close', () => this.#gone());
    this.#awaitHead();
  }

  get busy(): boolean {
    return this.#exchange !== undefined;
  }

  get draining(): boolean {
    return this.#listenerGone || this.#context.draining;
  }

  // --- for the exchange

  awaitBody(): void {
    if (this.#exchange?.bodyComplete !== true) {
      if (this.#guard !== 'body') this.#stageSinceMs = performance.now();
      this.#guardBody();
    }
    this.resume();
    if (!this.#processing && this.#stash.length > 0) this.#process(NOTHING);
  }

  holdBody(): void {
    this.bodyDone();
    this.#pause();
  }

  bodyDone(): void {
    if (this.#guard === 'body') this.#disarm();
  }

  awaitDrain(): void {
    this.#arm('drain', this.#server.settings.timeoutMs);
  }

  resume(): void {
    if (!this.#paused || this.#ended) return;
    this.#paused = false;
    this.socket.resume();
  }

  startTunnel(): void {
    this.#tunnelling = true;
    this.#disarm();
    this.resume();
    // What the client said too early, and its end, in that order.
    if (!this.#processing && (this.#stash.length > 0 || this.#ended)) this.#process(NOTHING);
  }

  exchangeDone(keepAlive: boolean): void {
    this.#exchange = undefined;
    this.#tunnelling = false;
    this.served++;
    if (!keepAlive) {
      this.close();
      return;
    }
    this.resume();
    if (this.socket.writableNeedDrain) {
      // A client that reads no answers gets no more of them made.
      this.awaitDrain();
      return;
    }
    this.#nextRequest();
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.end();
  }

  /** Sends the end of a connection that takes no request any more. */
  end(): void {
    this.#exchange = undefined;
    this.#stash.clear();
    this.resume();
    this.#arm('drain', this.#server.settings.timeoutMs);
    this.socket.end(() => {
      if (this.#ended) this.destroy();
      else this.#arm('linger', LINGER_MS);
    });
  }

  cut(byReset: boolean): void {
    this.#exchange = undefined;
    this.#closing = true;
    this.#timer.cancel();
    if (byReset) this.socket.resetAndDestroy();
    else this.socket.destroy();
  }

  destroy(): void {
    const { socket } = this;
    this.#closing = true;
    this.#timer.cancel();
    // To a client that waits for the connection's end, an orderly one would make the part it got look like the whole.
    const unfinished = this.#exchange?.answerUnfinished === true && !socket.writableEnded;
    if (unfinished || socket.writableLength > 0) socket.resetAndDestroy();
    else socket.destroy();
  }

  /** The thread serves another generation: an exchange that needs nothing more of its own lets go of it. */
  leaveGeneration(): void {
    this.#exchange?.leaveGeneration();
  }

  /** The node is stopping: idle connections end now, busy ones after their response. */
  drain(): void {
    if (!this.busy && this.#stash.length === 0) this.close();
  }

  /**
   * Nobody listens any more where it came in: its next request would be another server's. A busy one ends after the response under
   * way, a tunnel when it ends.
   *
   * @returns whether it is idle: then it is deaf from now on, and the caller is to `end` it
   */
  listenerGone(): boolean {
    this.#listenerGone = true;
    if (this.busy || this.#closing) return false;
    this.#closing = true;
    return true;
  }

  // --- reading

  #received(chunk: Buffer): void {
    if (this.#closing) return; // Lingering: read and forget.
    this.#process(chunk);
  }

  #process(chunk: Buffer): void {
    const stash = this.#stash;
    this.#processing = true;
    if (stash.length === 0) {
      const at = this.#consume(chunk);
      if (at < chunk.length && !this.#closing) stash.append(chunk, at);
    } else {
      stash.append(chunk);
      const at = this.#consume(stash.view());
      if (!this.#closing) stash.consume(at);
    }
    this.#processing = false;
    // A head under way is bounded by its own limits; anything else waits in the kernel.
    const waiting = this.#exchange !== undefined || this.socket.writableNeedDrain;
    if (waiting && this.#stash.length > MAX_STASH) this.#pause();
    if (this.#ended) this.#tellEnd();
    this.#idle();
  }

  /** Hands bytes to whoever wants them. @returns the offset of the first byte nobody wants yet */
  #consume(buffer: Buffer): number {
    const end = buffer.length;
    let at = 0;
    while (at < end && !this.#closing) {
      const exchange = this.#exchange;
      if (exchange === undefined) {
        if (this.socket.writableNeedDrain) return at;
        const next = this.#head(buffer, at, end);
        if (next === at) return at;
        at = next;
      } else if (this.#tunnelling) {
        if (!exchange.fromClient(buffer, at, end)) this.#pause();
        return end;
      } else if (exchange.wantsBody) {
        at = exchange.readBody(buffer, at, end);
        if (this.#exchange === exchange && !exchange.bodyComplete && this.#guard === 'body') this.#guardBody();
      } else {
        return at;
      }
    }
    return at;
  }

  /** Reads a request head and starts on it. @returns the offset behind it, or `at` if it is not complete */
  #head(buffer: Buffer, at: number, end: number): number {
    const head = parseRequestHead(buffer, at, end, this.#limits(), this.#progress);
    if (head === undefined) {
      if (this.#guard !== 'head') this.#stageSinceMs = performance.now();
      this.#guardHead(end - at);
      return at;
    }
    this.#progress.reset();
    this.#disarm();
    if (isHeadError(head)) {
      this.#refuse(head.status);
      return end;
    }
    this.#request(head);
    return at + head.headBytes;
  }

  #request(head: RequestHead): void {
    const invalid = validateRequest(head);
    const framing = requestFraming(head);
    if (invalid !== undefined || isHeadError(framing)) {
      this.#refuse(isHeadError(framing) ? framing.status : (invalid?.status ?? 400), head.method);
      return;
    }
    const host = requestTarget(head).host ?? head.fields.get('host');
    this.#server = selectServer(
      this.#context.generation.routes,
      this.localAddress,
      this.#configuredPort,
      host === undefined ? '' : (normaliseHost(host)?.host ?? ''),
    );
    const exchange = new Exchange(this.#context, this, {
      head,
      framing,
      options: connectionOptions(head.fields),
      server: this.#server,
      serverName: this.#server.serverName === '' ? this.#context.hostname : this.#server.serverName,
      host,
      clientAddress: this.address,
      served: this.served,
    });
    this.#exchange = exchange;
    exchange.begin();
  }

  /** Answers a request that can't be read one way only; nothing after it on this connection can be either. */
  #refuse(status: number, method = 'GET'): void {
    const allow = status === 405 ? 'Allow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH\r\n' : ''; // RFC 9110 15.5.6
    this.out.text(localResponse(status, method, 'Connection: close\r\n', allow));
    this.out.flush();
    this.served++;
    this.close();
  }

  #nextRequest(): void {
    if (this.draining) {
      this.close();
      return;
    }
    if (this.#processing) return; // The loop that got here goes on by itself.
    if (this.#stash.length > 0) this.#process(NOTHING);
    else this.#idle();
  }

  /** Between requests: wait for the next one, unless the client said there is none. */
  #idle(): void {
    if (this.#exchange !== undefined || this.#closing || this.socket.writableNeedDrain) return;
    if (this.#ended) this.close();
    else if (this.#stash.length === 0 && this.served > 0)
      this.#arm('keep-alive', this.#server.settings.keepAliveTimeoutMs);
  }

  #limits(): RequestLimits {
    const { limitRequestLine, limitRequestFieldSize, limitRequestFields } = this.#server.settings;
    return { lineBytes: limitRequestLine, fieldBytes: limitRequestFieldSize, fields: limitRequestFields };
  }

  // --- time

  #awaitHead(): void {
    this.#stageSinceMs = performance.now();
    this.#guardHead(0);
  }

  #guardHead(received: number): void {
    this.#guardStage('head', this.#server.settings.requestReadTimeout.header, received);
  }

  #guardBody(): void {
    this.#guardStage('body', this.#server.settings.requestReadTimeout.body, this.#exchange?.bodyBytes ?? 0);
  }

  /** @source RequestReadTimeout: the time grows with what arrives, up to its cap; Timeout bounds each pause besides */
  #guardStage(
    guard: 'head' | 'body',
    stage: { initialMs: number; maxMs?: number; minRate?: number } | undefined,
    received: number,
  ): void {
    const { timeoutMs } = this.#server.settings;
    if (stage === undefined || stage.initialMs === 0) {
      this.#arm(guard, timeoutMs);
      return;
    }
    const earnedMs = stage.minRate === undefined ? 0 : (received / stage.minRate) * 1000;
    const allowedMs = Math.min(stage.initialMs + earnedMs, stage.maxMs ?? Number.POSITIVE_INFINITY);
    const leftMs = this.#stageSinceMs + allowedMs - performance.now();
    this.#arm(guard, Math.max(0, Math.min(leftMs, timeoutMs)));
  }

  #arm(guard: Guard, delayMs: number): void {
    this.#guard = guard;
    this.#timer.arm(delayMs);
  }

  #disarm(): void {
    this.#guard = 'none';
    this.#timer.cancel();
  }

  #expired(): void {
    const guard = this.#guard;
    this.#guard = 'none';
    const exchange = this.#exchange;
    switch (guard) {
      case 'head':
        // Nothing of a request arrived: nobody waits for an answer.
        if (this.#stash.length === 0) this.close();
        else this.#refuse(408);
        break;
      case 'keep-alive':
        this.close();
        break;
      case 'body':
        if (exchange?.answerPending === true) {
          exchange.abort();
          this.#refuse(408);
        } else {
          exchange?.abort();
          this.destroy();
        }
        break;
      case 'half-close':
        if (exchange?.answerPending !== true) break; // Whoever has begun to answer goes on to the end.
        exchange.abort();
        this.destroy();
        break;
      case 'drain':
        exchange?.abort();
        this.destroy();
        break;
      case 'linger':
        this.destroy();
        break;
      case 'none':
        break;
    }
  }

  // --- socket events

  #drained(): void {
    const exchange = this.#exchange;
    if (this.#guard === 'drain') this.#disarm();
    if (exchange !== undefined) {
      if (exchange.wantsBody && !exchange.bodyComplete && this.#guard === 'none') this.#guardBody();
      exchange.onClientDrain();
    } else if (!this.#closing) {
      this.resume();
      this.#nextRequest();
    }
  }

  #peerEnded(): void {
    this.#ended = true;
    if (this.#closing) {
      if (this.socket.writableFinished) this.destroy();
    } else if (this.#exchange !== undefined) {
      this.#tellEnd();
    } else if (!this.socket.writableNeedDrain) {
      this.close(); // Else requests may be waiting for the client to take the answers before.
    }
  }

  /** Tells the exchange that its client sends no more, once all that came before is used up: a body, further requests. */
  #tellEnd(): void {
    const exchange = this.#exchange;
    if (exchange === undefined || this.#stash.length > 0) return;
    exchange.onClientEnd();
    if (this.#exchange === exchange && exchange.answerPending) this.#arm('half-close', HALF_CLOSE_MS);
  }

  #gone(): void {
    this.#closing = true;
    this.#exchange?.abort();
    this.#exchange = undefined;
    this.#timer.dispose();
    this.exchangeTimer.dispose();
    this.#stash.clear();
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.socket.pause();
  }

  #defaultServer(): ServerContext {
    return selectServer(this.#context.generation.routes, this.localAddress, this.#configuredPort, '');
  }
}

/** `::ffff:10.0.0.1` as `10.0.0.1`: what an operator writes and a log should show. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
