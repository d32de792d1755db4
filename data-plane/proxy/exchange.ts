import type { AttemptOutcome } from '#shared/balancing/failover.ts';
import { findSession } from '#shared/balancing/sticky-session.ts';
import type { EffectiveSettings } from '#shared/definition/defaults.ts';
import { decideRoute, type RouteDecision } from '#shared/routing/decide.ts';
import { connectionOptions, type ResponseFraming, requestTarget } from '../http1/body-framing.ts';
import type { HeaderFields } from '../http1/header-fields.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import { countEnded, countRelayed, countRouteRequest } from '../scoreboard/route-counters.ts';
import { type ClientRequest, viaEntry } from './client-request.ts';
import type { ClientSide } from './client-side.ts';
import { forwardInterimHead, forwardUpgradeHead } from './forward-response.ts';
import type { ProxyBalancer, ProxyGeneration, ProxyWorker } from './generation.ts';
import { decideKeepAlive } from './keep-alive.ts';
import { localResponse } from './local-response.ts';
import { PREFETCH_BYTES, RequestBody } from './request-body.ts';
import { RequestSender } from './request-sender.ts';
import { ResponseRelay } from './response-relay.ts';
import type { ThreadContext } from './thread-context.ts';
import { upgradeAllowed } from './upgrade.ts';
import type { UpstreamConnection, UpstreamUser } from './upstream-connection.ts';
import type { AcquireFailure, Acquisition, Requester } from './upstream-pool.ts';
import { WorkerSearch } from './worker-search.ts';

/** Interim responses taken before the exchange is given up. @source mod_proxy_http.c (AP_MAX_INTERIM_RESPONSES) */
const MAX_INTERIM = 10;
/** Unread body bytes swallowed after a response of our own so that the connection can be kept. */
const DISCARD_BYTES = 256 * 1024;

type ProxyDecision = Extract<RouteDecision, { kind: 'proxy' }>;

/** What happens to body bytes as they come in. `hold`: nobody takes them now, so the client is not read from. */
type BodyPhase = 'prefetch' | 'hold' | 'stream' | 'discard' | 'done';

/** What the exchange's one timer guards. */
type Waiting = 'nothing' | 'worker' | 'continue' | 'response' | 'send' | 'tunnel';

/** One request from its head to the end of its response: route, try workers in turn, relay both bodies. */
export class Exchange implements UpstreamUser, Requester {
  readonly requestMethod: string;
  readonly #context: ThreadContext;
  readonly #client: ClientSide;
  readonly #request: ClientRequest;
  /** undefined once it has left it. */
  #generation: ProxyGeneration | undefined;
  readonly #body: RequestBody;
  readonly #relay: ResponseRelay;
  #settings: EffectiveSettings;
  #decision: ProxyDecision | undefined;
  #search: WorkerSearch | undefined;
  #sender: RequestSender | undefined;
  #upstream: UpstreamConnection | undefined;
  #acquisition: Acquisition | undefined;
  #reused = false;
  #waiting: Waiting = 'nothing';
  #waitUntilMs = 0;
  #bodyPhase: BodyPhase = 'hold';
  #discarded = 0;
  /** The client awaits a 100 Continue before it sends the body. */
  #clientExpects = false;
  #clientEnded = false;
  #interim = 0;
  /** Row of the route it is counted in until its end is counted; -1 = none. */
  #row = -1;
  /** Answered from here, and not by a 5xx. */
  #answeredWell = false;
  #headSent = false;
  #responseComplete = false;
  #over = false;

  constructor(context: ThreadContext, client: ClientSide, request: ClientRequest) {
    this.#context = context;
    this.#client = client;
    this.#request = request;
    this.#settings = request.server.settings;
    this.#body = new RequestBody(request.framing);
    this.#relay = new ResponseRelay(client.out);
    this.requestMethod = request.head.method;
    const { generation } = context;
    this.#generation = generation;
    generation.exchanges++;
  }

  /** Longest header line accepted of the worker, bytes. */
  get responseFieldSize(): number {
    return this.#worker.settings.responsefieldsize;
  }

  /** Body bytes can be given to `readBody` now. */
  get wantsBody(): boolean {
    return this.#bodyPhase === 'prefetch' || this.#bodyPhase === 'stream' || this.#bodyPhase === 'discard';
  }

  get bodyComplete(): boolean {
    return this.#body.complete;
  }

  /** Body bytes received so far. */
  get bodyBytes(): number {
    return this.#body.receivedBytes;
  }

  /** Whether the client can still expect an answer that has not begun. */
  get answerPending(): boolean {
    return !this.#headSent && !this.#over;
  }

  /** Whether the client has a part of an answer and lacks the rest. */
  get answerUnfinished(): boolean {
    return this.#headSent && !this.#responseComplete;
  }

  /**
   * Lets go of its generation, as soon as it needs nothing of it but rows of the scoreboard: once an answer has begun there are no
   * more attempts. The rows of its workers are its own while it is busy with them; that of its route it holds. So a tunnel or a stream
   * that runs for days keeps no row but these from others, and no configuration in memory.
   */
  leaveGeneration(): void {
    if (this.#generation === undefined || !this.#headSent || this.#over) return;
    const row = this.#decision?.row ?? -1;
    if (row >= 0) this.#context.routeHolds[row]!++;
    this.#generation.exchanges--;
    this.#generation = undefined;
  }

  /** Routes the request and starts on it; may be over when this returns. */
  begin(): void {
    const { pathAndQuery } = requestTarget(this.#request.head);
    const decision = decideRoute(this.#generation!.routes, this.#request.server, pathAndQuery);
    this.#settings = decision.settings;
    const refusal = this.#refusal();
    if (refusal !== undefined) this.#answer(refusal);
    else if (decision.kind === 'local') this.#answer(404);
    else if (decision.kind === 'refused') this.#answer(decision.status);
    else this.#route(decision);
  }

  /** What is answered without asking anybody. */
  #refusal(): number | undefined {
    const { head, framing } = this.#request;
    const { limitRequestBody } = this.#settings;
    if (framing.kind === 'length' && limitRequestBody > 0 && framing.length > limitRequestBody) return 413;
    const expect = head.fields.joined('expect');
    if (expect !== undefined && expect.toLowerCase() !== '100-continue') return 417;
    const maxForwards = head.fields.joined('max-forwards');
    if (maxForwards === undefined) return undefined;
    if (!/^\d{1,9}$/.test(maxForwards)) return 400;
    if (Number(maxForwards) > 0) return undefined;
    return head.method === 'TRACE' || head.method === 'OPTIONS' ? 200 : 400;
  }

  #route(decision: ProxyDecision): void {
    this.#decision = decision;
    this.#row = decision.row;
    if (decision.row >= 0) countRouteRequest(this.#context.scoreboard.routes, decision.row);
    const { head } = this.#request;
    const target = targetOf(decision, this.#generation!);
    if (target === undefined) {
      this.#answer(503); // A balancer nobody defined is one without workers.
      return;
    }
    const session = 'election' in target ? sessionOf(decision, target, head.fields) : undefined;
    this.#search = new WorkerSearch(this.#context, target, session);
    this.#clientExpects = !this.#body.complete && head.versionMinor === 1 && head.fields.has('expect');
    if (this.#body.complete || this.#clientExpects) {
      this.#attempt();
    } else {
      // Read before connecting, so that a worker's time isn't spent on a slow client and the next worker can be sent it too.
      this.#bodyPhase = 'prefetch';
      this.#client.awaitBody();
    }
  }

  // --- the client's body

  /** Takes body bytes of the client. @returns the offset after the last one that belongs to this request */
  readBody(buffer: Buffer, at: number, end: number): number {
    const body = this.#body;
    const next = body.read(buffer, at, end, (from, to) => this.#bodyRun(buffer, from, to));
    if (this.#over) return next;
    const { limitRequestBody } = this.#settings;
    if (body.error !== undefined) this.#refuseBody(400);
    else if (limitRequestBody > 0 && body.receivedBytes > limitRequestBody) this.#refuseBody(413);
    else this.#bodyProgress();
    return next;
  }

  #bodyRun(buffer: Buffer, from: number, to: number): void {
    if (this.#bodyPhase === 'prefetch') this.#body.keep(buffer, from, to);
    else if (this.#bodyPhase === 'stream') this.#sender?.run(buffer, from, to);
    else this.#discarded += to - from;
  }

  #bodyProgress(): void {
    const { complete, prefetchedBytes } = this.#body;
    if (complete) this.#client.bodyDone();
    if (this.#bodyPhase === 'prefetch') {
      if (!complete && prefetchedBytes < PREFETCH_BYTES) return;
      this.#bodyPhase = 'hold';
      if (!complete) this.#client.holdBody();
      this.#attempt();
    } else if (this.#bodyPhase === 'stream') {
      if (complete) {
        this.#sender?.end();
        this.#bodyPhase = 'done';
      }
      this.#flushUpstream();
    } else if (complete || this.#discarded > DISCARD_BYTES) {
      this.#finish(complete);
    }
  }

  #refuseBody(status: 400 | 413): void {
    if (this.#bodyPhase === 'discard') {
      this.#finish(false);
    } else if (this.#headSent) {
      this.#cut();
    } else {
      this.#dropUpstream();
      this.#answer(status);
    }
  }

  // --- attempts

  #attempt(): void {
    const search = this.#search!;
    const elected = search.elect();
    if (elected === 'elected') this.#connect();
    else if (elected === 'no-worker' && search.mayWaitMs > 0) this.#waitForWorker(search.mayWaitMs);
    else this.#fail({ kind: elected });
  }

  /** Asks the lbmethod again every hundredth of the balancer's timeout. @source apache-semantics 8.4 */
  #waitForWorker(mayWaitMs: number): void {
    if (this.#waitUntilMs === 0) this.#waitUntilMs = performance.now() + mayWaitMs;
    this.#wait('worker', mayWaitMs / 100);
  }

  #waitedForWorker(): void {
    const search = this.#search!;
    if (search.electWaiting()) this.#connect();
    else if (performance.now() >= this.#waitUntilMs) this.#fail({ kind: 'no-worker' });
    else this.#waitForWorker(search.mayWaitMs);
  }

  #connect(): void {
    const worker = this.#worker;
    this.#search!.occupy(worker);
    const { scheme, connectiontimeoutMs } = worker.settings;
    if (scheme !== 'http' && scheme !== 'ws') {
      this.#fail({ kind: 'unsupported-scheme' });
      return;
    }
    const acquisition = worker.pool.acquire(this, connectiontimeoutMs ?? this.#readTimeoutMs());
    if (acquisition !== undefined) this.#acquisition = acquisition;
  }

  onConnection(connection: UpstreamConnection, reused: boolean): void {
    const search = this.#search!;
    this.#acquisition = undefined;
    this.#upstream = connection;
    this.#reused = reused;
    connection.attach(this, this.#client.socket);
    search.begun(reused);
    const sender = new RequestSender(
      this.#request,
      this.#body,
      this.#worker,
      connection.out,
      this.#clientExpects,
      (bytes) => search.transferred(bytes),
    );
    this.#sender = sender;
    sender.head(this.#decision!.upstream, this.#settings, this.#via());
    if (sender.awaitsContinue) {
      this.#wait('continue', this.#worker.settings.pingMs ?? this.#readTimeoutMs());
      connection.out.flush();
    } else {
      this.#sendBody();
    }
  }

  onAcquireFailed(failure: AcquireFailure): void {
    this.#acquisition = undefined;
    this.#fail({ kind: failure.kind }, failure.detail);
  }

  /** Sends what was kept of the body, then lets the rest follow as it comes. */
  #sendBody(): void {
    this.#sender!.kept();
    this.#bodyPhase = this.#body.complete ? 'done' : 'stream';
    this.#flushUpstream();
    if (!this.#body.complete) this.#client.awaitBody();
  }

  #flushUpstream(): void {
    const upstream = this.#upstream;
    if (upstream === undefined) return;
    if (!upstream.out.flush()) {
      if (!this.#body.complete) this.#client.holdBody();
      this.#wait('send', this.#readTimeoutMs());
    } else if (this.#body.complete) {
      this.#wait('response', this.#readTimeoutMs());
    } else if (this.#waiting === 'send') {
      this.#wait('nothing');
    }
  }

  onUpstreamDrain(): void {
    if (this.#waiting === 'tunnel') {
      this.#client.resume();
    } else if (this.#waiting === 'send') {
      if (this.#body.complete) {
        this.#wait('response', this.#readTimeoutMs());
      } else {
        this.#wait('nothing');
        this.#client.awaitBody();
      }
    }
  }

  // --- the worker's response

  onInterim(head: ResponseHead): void {
    this.#search!.read(head.statusLineBytes);
    const awaited = head.status === 100 && this.#waiting === 'continue';
    // A 100 Continue nobody but we asked for (`ping`) is not the client's business.
    const forClient = head.status !== 100 || this.#clientExpects;
    if (forClient && this.#request.head.versionMinor === 1) this.#client.out.text(forwardInterimHead(head));
    // Counted also where they are not passed on: each one gives the worker its time anew.
    if (++this.#interim >= MAX_INTERIM) {
      this.#fail({ kind: 'too-many-interim' });
      return;
    }
    if (!awaited) return;
    this.#clientExpects = false;
    this.#client.out.flush();
    this.#sendBody();
  }

  onResponse(head: ResponseHead, framing: ResponseFraming): void {
    const search = this.#search!;
    search.read(head.statusLineBytes);
    if (head.status === 101) {
      this.#switchProtocols(head);
      return;
    }
    // An answer instead of the awaited 100 Continue.
    if (this.#waiting === 'continue') this.#wait('response', this.#readTimeoutMs());
    if (framing.ambiguous === true || connectionOptions(head.fields).close || head.versionMinor === 0) {
      this.#upstream!.reusable = false;
    }
    search.answered(head.status, false);
    const { options, host, serverName } = this.#request;
    const upgrade = head.fields.get('upgrade');
    this.#headSent = true;
    this.#relay.begin(
      head,
      framing,
      {
        versionMinor: this.#request.head.versionMinor,
        settings: this.#settings,
        reverse: this.#decision?.reverse,
        origin: { scheme: 'http', host: host ?? serverName },
        via: this.#via(),
        close: options.close,
        keepAlive: options.keepAlive,
        served: this.#request.served,
        upgradeAllowed: upgrade !== undefined && upgradeAllowed(upgrade, this.#worker.settings.upgrade),
      },
      !this.#body.complete || this.#client.draining || this.#clientEnded,
    );
  }

  onResponseBody(buffer: Buffer, from: number, to: number): void {
    this.#search!.read(to - from);
    this.#relay.body(buffer, from, to);
  }

  onResponseEnd(trailers: HeaderFields | undefined): void {
    this.#relay.end(trailers);
    this.#responseComplete = true;
  }

  onMalformedResponse(kind: 'malformed' | 'too-large', detail: string): void {
    this.#fail({ kind: kind === 'malformed' ? 'malformed-response' : 'response-head-too-large' }, detail);
  }

  onUpstreamClosed(phase: 'head' | 'body', error: Error | undefined): void {
    const detail = error?.message ?? 'connection closed';
    // A tunnel's worker that had ended its side has said all; what it no longer reads is its own affair.
    if (this.#waiting === 'tunnel' && this.#upstream?.socket.readableEnded === true) this.#finish(false);
    else if (phase === 'body') this.#fail({ kind: 'failed-inside-body' }, detail);
    else if (this.#bodyPhase === 'stream' && error !== undefined) this.#fail({ kind: 'send-failed' }, detail);
    else this.#fail({ kind: 'closed-before-response' }, detail);
  }

  afterRead(): boolean {
    // Gone with the connection, or answered from here, perhaps with the rest of the body still to be swallowed.
    if (this.#over || this.#upstream === undefined) return true;
    const takesMore = this.#client.out.flush();
    if (this.#responseComplete) {
      this.#finish(this.#relay.keepAlive);
      return true;
    }
    // A client slower than the worker: stop reading until it has taken what it was sent.
    if (!takesMore) this.#client.awaitDrain();
    if (this.#waiting === 'tunnel') this.#wait('tunnel', this.#tunnelTimeoutMs());
    else if (!takesMore && this.#waiting === 'response') this.#wait('nothing');
    else if (takesMore) this.#awaitMore();
    return takesMore;
  }

  /** The client took what it was sent. */
  onClientDrain(): void {
    if (this.#upstream === undefined || this.#responseComplete) return;
    this.#awaitMore();
    this.#upstream.resume();
  }

  /** The rest of the response has its time anew, unless more of the request is to be sent first. */
  #awaitMore(): void {
    if (this.#waiting === 'response' || (this.#waiting === 'nothing' && this.#bodyPhase !== 'stream')) {
      this.#wait('response', this.#readTimeoutMs());
    }
  }

  // --- tunnels

  #switchProtocols(head: ResponseHead): void {
    const wanted = this.#sender?.upgrade;
    const protocol = head.fields.get('upgrade');
    if (wanted === undefined || protocol?.toLowerCase() !== wanted.toLowerCase()) {
      this.#fail({ kind: 'unexpected-upgrade' }, `101 to ${protocol ?? 'no protocol'}`);
      return;
    }
    this.#headSent = true;
    this.#upstream!.reusable = false;
    this.#client.out.text(forwardUpgradeHead(head, protocol));
    this.#wait('tunnel', this.#tunnelTimeoutMs());
    const generation = this.#generation;
    this.leaveGeneration();
    if (generation !== undefined) this.#context.released(generation);
    this.#client.startTunnel();
  }

  onTunnelData(buffer: Buffer, from: number, to: number): void {
    this.#client.out.bytes(buffer, from, to);
  }

  /** The worker sends no more; what the client sends still goes through. */
  onTunnelEnd(): void {
    this.#client.out.flush();
    this.#client.socket.end();
    if (this.#clientEnded) this.#finish(false);
  }

  /** Takes tunnelled bytes of the client. @returns false when the worker wants no more before its drain */
  fromClient(buffer: Buffer, at: number, end: number): boolean {
    const upstream = this.#upstream!;
    this.#wait('tunnel', this.#tunnelTimeoutMs());
    upstream.out.bytes(buffer, at, end);
    return upstream.out.flush();
  }

  // --- ends

  /** The client sends no more. */
  onClientEnd(): void {
    this.#clientEnded = true;
    if (this.#waiting === 'tunnel') {
      this.#upstream?.socket.end();
      if (this.#upstream?.socket.readableEnded === true) this.#finish(false);
    } else if (!this.#body.complete) {
      this.abort();
      this.#client.destroy();
    }
  }

  /** The client is gone: whatever goes on for it ends, on the worker's connection too. */
  abort(): void {
    if (this.#over) return;
    this.#dropUpstream();
    this.#settle();
  }

  /** What `exchangeTimer` guarded has taken too long. */
  expired(): void {
    const waiting = this.#waiting;
    this.#waiting = 'nothing';
    if (waiting === 'worker') this.#waitedForWorker();
    else if (waiting === 'tunnel') this.#finish(false);
    else if (waiting === 'continue') this.#fail({ kind: 'continue-timeout' }, 'no 100 Continue in time');
    else if (this.#headSent) this.#fail({ kind: 'timeout-inside-body' }, 'the response came to a halt');
    else if (waiting === 'send') this.#fail({ kind: 'send-timeout' }, 'the worker took no more of the request');
    else if (waiting === 'response') this.#fail({ kind: 'response-timeout' }, 'no response in time');
  }

  #fail(outcome: AttemptOutcome, detail = ''): void {
    if (this.#over) return;
    this.#dropUpstream();
    const decision = this.#search!.failed(outcome, detail, this.#reused, this.#request.served > 0);
    switch (decision.next) {
      case 'try-again':
        this.#attempt();
        break;
      case 'answer':
        this.#answer(decision.status);
        break;
      case 'close-client':
        this.#settle();
        this.#client.close();
        break;
      case 'cut':
        this.#cut();
        break;
    }
  }

  /** Answers from here: an error, or a request no worker is asked for. */
  #answer(status: number): void {
    const { head, options, served } = this.#request;
    const body = this.#body;
    const tooMuchLeft = (body.remaining ?? 0) > DISCARD_BYTES;
    const { keep, fields } = decideKeepAlive({
      settings: this.#settings,
      versionMinor: head.versionMinor,
      close: options.close,
      keepAlive: options.keepAlive,
      status,
      delimited: true,
      served,
      mustClose:
        this.#client.draining || this.#clientEnded || this.#clientExpects || body.error !== undefined || tooMuchLeft,
    });
    this.#headSent = true;
    this.#responseComplete = true;
    this.#answeredWell = status < 500;
    this.#client.out.text(localResponse(status, this.requestMethod, fields));
    this.#client.out.flush();
    if (body.complete || !keep) {
      this.#finish(keep);
      return;
    }
    this.#bodyPhase = 'discard';
    this.#wait('nothing');
    this.#client.awaitBody();
  }

  /** A response has begun and can't be completed: the client must notice. */
  #cut(): void {
    this.#dropUpstream();
    this.#client.out.flush();
    this.#settle();
    this.#client.cut(this.#relay.untilClose);
  }

  #finish(keepAlive: boolean): void {
    if (this.#over) return;
    const upstream = this.#upstream;
    if (upstream !== undefined) {
      this.#upstream = undefined;
      const { receivedBytes } = this.#body;
      const { bodyBytes } = this.#relay;
      this.#search!.completed(receivedBytes, bodyBytes);
      if (this.#row >= 0) countRelayed(this.#context.scoreboard.routes, this.#row, receivedBytes, bodyBytes);
      this.#row = -1;
      // A worker that has not been sent the whole request would take the next one for the rest of it; one that has not
      // taken all of it may never, and the next one would wait behind it.
      if (this.#bodyPhase !== 'done' || upstream.socket.writableLength > 0) upstream.reusable = false;
      this.#worker.pool.release(upstream);
    }
    this.#settle();
    this.#client.exchangeDone(keepAlive && this.#body.complete);
  }

  #dropUpstream(): void {
    this.#acquisition?.cancel();
    this.#acquisition = undefined;
    const upstream = this.#upstream;
    this.#upstream = undefined;
    if (upstream !== undefined) this.#worker.pool.discard(upstream);
  }

  /** Gives back what the exchange held; nothing happens on it any more. */
  #settle(): void {
    this.#over = true;
    this.#client.exchangeTimer.cancel();
    this.#search?.release();
    if (this.#row >= 0) countEnded(this.#context.scoreboard.routes, this.#row, !this.#answeredWell);
    const generation = this.#generation;
    if (generation === undefined) {
      const row = this.#decision?.row ?? -1;
      if (row >= 0) this.#context.routeHolds[row]!--;
      this.#context.rowsReleased();
    } else {
      generation.exchanges--;
      this.#context.released(generation);
    }
  }

  #wait(waiting: 'nothing'): void;
  #wait(waiting: Waiting, delayMs: number): void;
  #wait(waiting: Waiting, delayMs = 0): void {
    this.#waiting = waiting;
    if (waiting === 'nothing') this.#client.exchangeTimer.cancel();
    else this.#client.exchangeTimer.arm(delayMs);
  }

  get #worker(): ProxyWorker {
    const worker = this.#search?.worker;
    if (worker === undefined) throw new Error('invariant broken: an attempt without a worker');
    return worker;
  }

  #readTimeoutMs(): number {
    return this.#worker.settings.timeoutMs ?? this.#settings.proxyTimeoutMs;
  }

  #tunnelTimeoutMs(): number {
    return Math.max(this.#settings.timeoutMs, this.#readTimeoutMs());
  }

  #via(): string | undefined {
    return viaEntry(this.#request, this.#settings, this.#context.product);
  }
}

function targetOf({ upstream }: ProxyDecision, generation: ProxyGeneration): ProxyBalancer | ProxyWorker | undefined {
  if (upstream.kind === 'balancer')
    return upstream.id === undefined ? undefined : generation.balancers.get(upstream.id);
  return generation.workers.get(upstream.owner)?.get(upstream.worker.url);
}

function sessionOf(decision: ProxyDecision, { election }: ProxyBalancer, fields: HeaderFields) {
  if (election.stickysession === undefined) return undefined;
  const { decodedPath, query } = decision;
  return findSession(election, query === undefined ? decodedPath : `${decodedPath}?${query}`, fields.joined('cookie'));
}
