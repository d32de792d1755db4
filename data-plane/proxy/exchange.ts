import { connected, type Election, elect, electWaiting, errorState } from '#shared/balancing/election.ts';
import { type AttemptOutcome, afterResponse, decideFailover } from '#shared/balancing/failover.ts';
import { findSession, type Session } from '#shared/balancing/sticky-session.ts';
import { beginBusy, countRead, countTransferred, endBusy, statusOf } from '#shared/balancing/worker-table.ts';
import type { EffectiveSettings } from '#shared/definition/defaults.ts';
import { isUsable, WorkerStatus } from '#shared/definition/worker-status.ts';
import { decideRoute, type RouteDecision, type Upstream } from '#shared/routing/decide.ts';
import type { ServerContext } from '#shared/routing/virtual-host.ts';
import { connectionOptions, type RequestFraming, type ResponseFraming, requestTarget } from '../http1/body-framing.ts';
import type { HeaderFields } from '../http1/header-fields.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import type { Downstream } from './downstream.ts';
import { forwardRequestHead } from './forward-request.ts';
import { forwardInterimHead, forwardUpgradeHead, trailerSection } from './forward-response.ts';
import type { ProxyBalancer, ProxyGeneration, ProxyWorker } from './generation.ts';
import { decideKeepAlive } from './keep-alive.ts';
import { localResponse } from './local-response.ts';
import { PREFETCH_BYTES, RequestBody } from './request-body.ts';
import { ResponseRelay } from './response-relay.ts';
import type { ThreadContext } from './thread-context.ts';
import { plainOwner, workerKey } from './thread-message.ts';
import type { Timer } from './timers.ts';
import { requestedUpgrade, upgradeAllowed } from './upgrade.ts';
import type { UpstreamConnection, UpstreamUser } from './upstream-connection.ts';
import type { AcquireFailure, Acquisition, Requester } from './upstream-pool.ts';

/** Interim responses relayed before the exchange is given up. @source mod_proxy_http.c (AP_MAX_INTERIM_RESPONSES) */
const MAX_INTERIM = 10;
/** Unread body bytes swallowed after a response of our own so that the connection can be kept. */
const DISCARD_BYTES = 256 * 1024;

/** What happens to body bytes as they come in. `hold`: nobody takes them now, so the client is not read from. */
type BodyPhase = 'prefetch' | 'hold' | 'stream' | 'discard' | 'done';

/** What the exchange's one timer guards. */
type Waiting = 'nothing' | 'worker' | 'continue' | 'response' | 'send' | 'tunnel';

/** One request from its head to the end of its response: route, elect, try workers in turn, relay both bodies. */
export class Exchange implements UpstreamUser, Requester {
  readonly requestMethod: string;
  readonly generation: ProxyGeneration;
  readonly #context: ThreadContext;
  readonly #client: Downstream;
  readonly #head: RequestHead;
  readonly #server: ServerContext;
  readonly #clientHost: string | undefined;
  readonly #body: RequestBody;
  readonly #relay: ResponseRelay;
  readonly #timer: Timer;
  readonly #slots: number[] = [];
  #waiting: Waiting = 'nothing';
  #bodyPhase: BodyPhase = 'hold';
  #settings: EffectiveSettings;
  #decision: Extract<RouteDecision, { kind: 'proxy' }> | undefined;
  #balancer: ProxyBalancer | undefined;
  #session: Session | undefined;
  #worker: ProxyWorker | undefined;
  #upstream: UpstreamConnection | undefined;
  #reused = false;
  #acquisition: Acquisition | undefined;
  #tries = 0;
  #waitUntilMs = 0;
  #interim = 0;
  #upgrade: string | undefined;
  #expectsContinue = false;
  #headSent = false;
  #responseComplete = false;
  #over = false;
  #discarded = 0;
  #clientEnded = false;

  constructor(
    context: ThreadContext,
    client: Downstream,
    head: RequestHead,
    framing: RequestFraming,
    server: ServerContext,
    clientHost: string | undefined,
  ) {
    this.#context = context;
    this.#client = client;
    this.#head = head;
    this.#server = server;
    this.#clientHost = clientHost;
    this.#settings = server.settings;
    this.#body = new RequestBody(framing);
    this.#relay = new ResponseRelay(client.out);
    this.#timer = context.wheel.timer(() => this.#expired());
    this.requestMethod = head.method;
    this.generation = context.generation;
    this.generation.exchanges++;
  }

  get responseFieldSize(): number {
    return this.#worker?.settings.responsefieldsize ?? 8192;
  }

  get settings(): EffectiveSettings {
    return this.#settings;
  }

  /** Body bytes can be given to `readBody` now. */
  get wantsBody(): boolean {
    return this.#bodyPhase === 'prefetch' || this.#bodyPhase === 'stream' || this.#bodyPhase === 'discard';
  }

  get bodyComplete(): boolean {
    return this.#body.complete;
  }

  get tunnelling(): boolean {
    return this.#waiting === 'tunnel';
  }

  get bodyBytes(): number {
    return this.#body.receivedBytes;
  }

  /** Routes the request and starts on it; may be over when this returns. */
  begin(): void {
    const { pathAndQuery } = requestTarget(this.#head);
    const decision = decideRoute(this.generation.routes, this.#server, pathAndQuery);
    this.#settings = decision.settings;
    const refusal = this.#refusalBeforeRouting();
    if (refusal !== undefined) {
      this.#answer(refusal);
    } else if (decision.kind === 'local') {
      this.#answer(404);
    } else if (decision.kind === 'refused') {
      this.#answer(decision.status);
    } else {
      this.#decision = decision;
      this.#route(decision);
    }
  }

  #refusalBeforeRouting(): number | undefined {
    const { framing } = this.#body;
    const { limitRequestBody } = this.#settings;
    if (framing.kind === 'length' && limitRequestBody > 0 && framing.length > limitRequestBody) return 413;
    const expect = this.#head.fields.get('expect');
    if (expect !== undefined && expect.toLowerCase() !== '100-continue') return 417;
    const maxForwards = this.#head.fields.get('max-forwards');
    if (maxForwards !== undefined) {
      if (!/^\d{1,9}$/.test(maxForwards)) return 400;
      if (Number(maxForwards) === 0) {
        return this.requestMethod === 'TRACE' || this.requestMethod === 'OPTIONS' ? 200 : 400;
      }
    }
    return undefined;
  }

  #route(decision: Extract<RouteDecision, { kind: 'proxy' }>): void {
    const { upstream } = decision;
    if (upstream.kind === 'balancer') {
      const balancer = upstream.id === undefined ? undefined : this.generation.balancers.get(upstream.id);
      if (balancer === undefined) {
        this.#fail({ kind: 'no-worker' });
        return;
      }
      this.#balancer = balancer;
      if (balancer.election.stickysession !== undefined) {
        const url = decision.query === undefined ? decision.decodedPath : `${decision.decodedPath}?${decision.query}`;
        this.#session = findSession(balancer.election, url, this.#head.fields.joined('cookie'));
      }
    } else {
      this.#worker = this.generation.workers.get(workerKey(plainOwner(upstream.owner), upstream.worker.url));
    }
    this.#expectsContinue = !this.#body.complete && this.#head.versionMinor === 1 && this.#head.fields.has('expect');
    if (this.#body.complete || this.#expectsContinue) {
      this.#attempt();
    } else {
      // Read before connecting, so that a worker's time isn't spent on a slow client and the next worker can be sent it too.
      this.#bodyPhase = 'prefetch';
      this.#client.awaitBody();
    }
  }

  /** Takes body bytes of the client. @returns the offset after the last one that belongs to this request */
  readBody(buffer: Buffer, at: number, end: number): number {
    const next = this.#body.read(buffer, at, end, (from, to) => this.#bodyRun(buffer, from, to));
    if (this.#over) return next;
    if (this.#body.error !== undefined) {
      this.#refuseBody(400);
      return next;
    }
    const { limitRequestBody } = this.#settings;
    if (limitRequestBody > 0 && this.#body.receivedBytes > limitRequestBody) {
      this.#refuseBody(413);
      return next;
    }
    this.#bodyProgress();
    return next;
  }

  #bodyRun(buffer: Buffer, from: number, to: number): void {
    switch (this.#bodyPhase) {
      case 'prefetch':
        this.#body.keep(buffer, from, to);
        break;
      case 'stream':
        this.#sendBodyRun(buffer, from, to);
        break;
      default:
        this.#discarded += to - from;
    }
  }

  #bodyProgress(): void {
    if (this.#bodyPhase === 'prefetch') {
      if (!this.#body.complete && this.#body.prefetchedBytes < PREFETCH_BYTES) return;
      this.#bodyPhase = 'hold';
      if (this.#body.complete) this.#client.bodyDone();
      else this.#client.holdBody();
      this.#attempt();
    } else if (this.#bodyPhase === 'stream') {
      if (this.#body.complete) {
        this.#client.bodyDone();
        this.#endBody();
      }
      this.#flushUpstream();
    } else if (this.#bodyPhase === 'discard') {
      if (this.#body.complete) this.#finish(true);
      else if (this.#discarded > DISCARD_BYTES) this.#finish(false);
    }
  }

  /** The body turned out to be unreadable or too large. */
  #refuseBody(status: 400 | 413): void {
    if (this.#headSent || this.#responseComplete) {
      this.#cut();
      return;
    }
    this.#dropUpstream();
    this.#answer(status);
  }

  // --- attempts

  #attempt(): void {
    const { election } = this.#balancer ?? {};
    if (election !== undefined) {
      const elected = this.#elect((nowMs) => elect(election, this.#context.scoreboard, nowMs, this.#session));
      if (elected.kind === 'refused') {
        if (elected.reason === 'no-worker' && election.timeoutMs > 0 && this.#tries === 0) this.#waitForWorker();
        else this.#fail({ kind: elected.reason });
        return;
      }
      this.#worker = this.#balancer?.workers[elected.member];
    }
    this.#connect();
  }

  #elect(work: (nowMs: number) => Election): Election {
    const { scoreboard, lockOwner } = this.#context;
    const lock = this.#balancer?.lock ?? 0;
    scoreboard.lock(lock, lockOwner);
    try {
      return work(Date.now());
    } finally {
      scoreboard.unlock(lock, lockOwner);
    }
  }

  /** Asks the lbmethod again every hundredth of the balancer's timeout. @source apache-semantics 8.4 */
  #waitForWorker(): void {
    const { election } = this.#balancer!;
    this.#waiting = 'worker';
    if (this.#waitUntilMs === 0) this.#waitUntilMs = performance.now() + election.timeoutMs;
    this.#timer.arm(Math.max(1, election.timeoutMs / 100));
  }

  #waitedForWorker(): void {
    const { election, workers } = this.#balancer!;
    const elected = this.#elect((nowMs) => electWaiting(election, this.#context.scoreboard, nowMs));
    if (elected.kind === 'elected') {
      this.#worker = workers[elected.member];
      this.#connect();
    } else if (performance.now() >= this.#waitUntilMs) {
      this.#fail({ kind: 'no-worker' });
    } else {
      this.#waitForWorker();
    }
  }

  #connect(): void {
    const worker = this.#worker;
    if (worker === undefined) {
      this.#fail({ kind: 'no-worker' });
      return;
    }
    beginBusy(this.#context.scoreboard, worker.slot);
    this.#context.busyShare[worker.slot]!++;
    this.#slots.push(worker.slot);
    if (worker.settings.scheme !== 'http' && worker.settings.scheme !== 'ws') {
      this.#fail({ kind: 'unsupported-scheme' });
      return;
    }
    this.#acquisition = undefined;
    const acquisition = worker.pool.acquire(this, this.#connectTimeoutMs(worker));
    if (this.#upstream === undefined && !this.#over && this.#worker === worker) this.#acquisition = acquisition;
  }

  onConnection(connection: UpstreamConnection, reused: boolean): void {
    const { scoreboard } = this.#context;
    const worker = this.#worker!;
    this.#acquisition = undefined;
    this.#upstream = connection;
    this.#reused = reused;
    connection.attach(this, this.#client.socket);
    if (!reused) connected(scoreboard, worker.slot);
    Atomics.add(scoreboard.requests, worker.slot, 1n);
    this.#sendHead(connection, worker);
  }

  onAcquireFailed(failure: AcquireFailure): void {
    this.#acquisition = undefined;
    this.#fail({ kind: failure.kind }, failure.detail);
  }

  // --- towards the worker

  #sendHead(connection: UpstreamConnection, worker: ProxyWorker): void {
    const body = this.#body;
    const decision = this.#decision!;
    this.#upgrade = body.announced ? undefined : requestedUpgrade(this.#head, worker.settings.upgrade);
    const ping = worker.settings.pingMs !== undefined && body.announced && !(body.complete && body.receivedBytes === 0);
    const awaitsContinue = this.#expectsContinue || ping;
    const text = forwardRequestHead({
      head: this.#head,
      target: targetFor(decision.upstream, worker),
      host: this.#settings.proxyPreserveHost ? (this.#clientHost ?? worker.hostField) : worker.hostField,
      clientHost: this.#clientHost,
      clientAddress: this.#client.address,
      serverName: this.#serverName(),
      via: this.#via(),
      settings: this.#settings,
      connectionTokens: connectionOptions(this.#head.fields).tokens,
      body: this.#bodyFraming(),
      expect: this.#expectsContinue ? 'forward' : ping ? 'add' : 'drop',
      upgrade: this.#upgrade,
      keepAlive: !worker.settings.disablereuse && worker.settings.addressttlMs !== 0,
    });
    connection.out.text(text);
    this.#countTransferred(text.length);
    if (awaitsContinue) {
      this.#wait('continue', worker.settings.pingMs ?? this.#readTimeoutMs(worker));
      connection.out.flush();
      return;
    }
    this.#sendBody();
  }

  /** How the worker is told the body's length: counted if it is here whole, else as the client framed it. */
  #bodyFraming(): number | 'chunked' | undefined {
    const body = this.#body;
    if (!body.announced) return undefined;
    if (body.complete) return body.receivedBytes;
    return body.framing.kind === 'length' ? body.framing.length : 'chunked';
  }

  /** Sends what was kept, then lets the rest follow as it comes. */
  #sendBody(): void {
    const body = this.#body;
    const wholeHere = body.complete;
    if (!wholeHere) this.#bodyPhase = 'stream';
    for (const run of body.prefetched) {
      if (wholeHere) {
        this.#upstream!.out.bytes(run, 0, run.length);
        this.#countTransferred(run.length);
      } else {
        this.#sendBodyRun(run, 0, run.length);
      }
    }
    if (wholeHere) {
      this.#bodyPhase = 'done';
      this.#countBytesIn(body.receivedBytes);
    }
    this.#flushUpstream();
    if (!wholeHere) this.#client.awaitBody();
  }

  #sendBodyRun(buffer: Buffer, from: number, to: number): void {
    const { out } = this.#upstream!;
    const chunked = this.#body.framing.kind === 'chunked';
    if (to === from) return;
    if (chunked) out.text(`${(to - from).toString(16)}\r\n`);
    out.bytes(buffer, from, to);
    if (chunked) out.text('\r\n');
    this.#countTransferred(to - from);
  }

  #endBody(): void {
    if (this.#body.framing.kind === 'chunked') this.#upstream!.out.text(trailerSection(this.#body.trailers));
    this.#bodyPhase = 'done';
    this.#countBytesIn(this.#body.receivedBytes);
  }

  #flushUpstream(): void {
    const upstream = this.#upstream;
    if (upstream === undefined) return;
    const worker = this.#worker!;
    if (!upstream.out.flush()) {
      if (!this.#body.complete) this.#client.holdBody();
      this.#wait('send', this.#readTimeoutMs(worker));
    } else if (this.#body.complete) {
      this.#wait('response', this.#readTimeoutMs(worker));
    } else if (this.#waiting === 'send') {
      this.#wait('nothing', 0);
    }
  }

  onUpstreamDrain(): void {
    if (this.#waiting === 'tunnel') {
      this.#client.resume();
      return;
    }
    if (this.#waiting !== 'send') return;
    if (this.#body.complete) {
      this.#wait('response', this.#readTimeoutMs(this.#worker!));
    } else {
      this.#wait('nothing', 0);
      this.#client.awaitBody();
    }
  }

  // --- from the worker

  onInterim(head: ResponseHead): void {
    this.#countRead(head.statusLineBytes);
    const awaited = this.#waiting === 'continue';
    if (head.status === 100) {
      // Our own ping's answer is not the client's business.
      if (awaited && !this.#expectsContinue) {
        this.#sendBody();
        return;
      }
      if (!this.#expectsContinue) return;
    }
    if (this.#head.versionMinor === 1) this.#client.out.text(forwardInterimHead(head));
    if (++this.#interim >= MAX_INTERIM) {
      this.#fail({ kind: 'too-many-interim' });
    } else if (head.status === 100 && awaited) {
      this.#expectsContinue = false;
      this.#client.out.flush();
      this.#sendBody();
    }
  }

  onResponse(head: ResponseHead, framing: ResponseFraming): void {
    const worker = this.#worker!;
    this.#countRead(head.statusLineBytes);
    if (head.status === 101) {
      this.#switchProtocols(head);
      return;
    }
    // An answer instead of the awaited 100 Continue.
    if (this.#waiting === 'continue') this.#wait('response', this.#readTimeoutMs(worker));
    this.#noteReuse(head, framing);
    if (this.#balancer !== undefined && afterResponse(this.#balancer.election, head.status, false)) {
      this.#putInError(worker, `failonstatus ${head.status}`);
    }
    const options = connectionOptions(this.#head.fields);
    const upgrade = head.fields.get('upgrade');
    this.#headSent = true;
    this.#relay.begin(
      head,
      framing,
      {
        method: this.requestMethod,
        versionMinor: this.#head.versionMinor,
        settings: this.#settings,
        reverse: this.#decision?.reverse,
        origin: { scheme: 'http', host: this.#clientHost ?? this.#serverName() },
        via: this.#via(),
        close: options.close,
        keepAlive: options.keepAlive,
        served: this.#client.served,
        upgradeAllowed: upgrade !== undefined && upgradeAllowed(upgrade, worker.settings.upgrade),
      },
      !this.#body.complete || this.#context.draining || this.#clientEnded,
    );
  }

  onResponseBody(buffer: Buffer, from: number, to: number): void {
    this.#countRead(to - from);
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
    if (phase === 'body' || this.#headSent) this.#fail({ kind: 'failed-inside-body' }, detail);
    else if (this.#bodyPhase === 'stream' && error !== undefined) this.#fail({ kind: 'send-failed' }, detail);
    else this.#fail({ kind: 'closed-before-response' }, detail);
  }

  afterRead(): boolean {
    if (this.#over) return true;
    const takesMore = this.#client.out.flush();
    if (this.#responseComplete) {
      this.#finish(this.#relay.keepAlive);
      return true;
    }
    if (this.#waiting === 'tunnel') {
      this.#wait('tunnel', this.#tunnelTimeoutMs());
      if (!takesMore) this.#client.awaitDrain();
      return takesMore;
    }
    if (!takesMore) {
      // The client is slower than the worker: stop reading until it has taken what it was sent.
      if (this.#waiting === 'response') this.#wait('nothing', 0);
      this.#client.awaitDrain();
      return false;
    }
    if (this.#waiting === 'response' || (this.#waiting === 'nothing' && this.#body.complete)) {
      this.#wait('response', this.#readTimeoutMs(this.#worker!));
    }
    return true;
  }

  /** The client took what it was sent. */
  onClientDrain(): void {
    const upstream = this.#upstream;
    if (upstream === undefined || this.#responseComplete) return;
    if (this.#waiting === 'nothing' && this.#body.complete) this.#wait('response', this.#readTimeoutMs(this.#worker!));
    upstream.resume();
  }

  #noteReuse(head: ResponseHead, framing: ResponseFraming): void {
    const options = connectionOptions(head.fields);
    if (framing.ambiguous || framing.kind === 'until-close' || options.close || head.versionMinor === 0) {
      this.#upstream!.reusable = false;
    }
  }

  // --- tunnels

  #switchProtocols(head: ResponseHead): void {
    const protocol = head.fields.get('upgrade');
    if (this.#upgrade === undefined || protocol?.toLowerCase() !== this.#upgrade.toLowerCase()) {
      this.#fail({ kind: 'unexpected-upgrade' }, `101 to ${protocol ?? 'no protocol'}`);
      return;
    }
    this.#headSent = true;
    this.#upstream!.reusable = false;
    this.#client.out.text(forwardUpgradeHead(head, protocol));
    this.#wait('tunnel', this.#tunnelTimeoutMs());
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

  /** The client sends no more. Before the response has begun it may be gone, or waiting with its side closed. */
  onClientEnd(): void {
    this.#clientEnded = true;
    if (this.tunnelling) {
      this.#upstream?.socket.end();
      if (this.#upstream?.socket.readableEnded === true) this.#finish(false);
    } else if (!this.#body.complete) {
      this.abort();
      this.#client.destroy();
    }
  }

  /** Whether the client can still expect an answer that has not begun. */
  get answerPending(): boolean {
    return !this.#headSent && !this.#over;
  }

  /** The client is gone: whatever goes on for it ends, on the worker's connection too. */
  abort(): void {
    if (this.#over) return;
    this.#dropUpstream();
    this.#settle();
  }

  #expired(): void {
    const waiting = this.#waiting;
    this.#waiting = 'nothing';
    switch (waiting) {
      case 'worker':
        this.#waitedForWorker();
        break;
      case 'continue':
        this.#fail({ kind: 'continue-timeout' }, 'no 100 Continue in time');
        break;
      case 'send':
        this.#fail(
          this.#headSent ? { kind: 'timeout-inside-body' } : { kind: 'send-timeout' },
          'the worker took no more',
        );
        break;
      case 'response':
        this.#fail(
          this.#headSent ? { kind: 'timeout-inside-body' } : { kind: 'response-timeout' },
          'nothing received in time',
        );
        break;
      case 'tunnel':
        this.#finish(false);
        break;
      case 'nothing':
        break;
    }
  }

  #fail(outcome: AttemptOutcome, detail = ''): void {
    if (this.#over) return;
    const { scoreboard } = this.#context;
    this.#dropUpstream();
    const elected = outcome.kind !== 'no-worker' && outcome.kind !== 'nofailover';
    if (!elected) this.#worker = undefined; // The last attempt's worker has no part in this.
    const worker = this.#worker;
    if (worker !== undefined) Atomics.add(scoreboard.errors, worker.slot, 1n);
    const status = worker === undefined ? 0 : statusOf(scoreboard, worker.slot);
    const decision = decideFailover(outcome, {
      isBalanced: this.#balancer !== undefined,
      ignoreErrors: (status & WorkerStatus.IGNORE_ERRORS) !== 0,
      usableAfter: isUsable(status),
      tries: this.#tries,
      maxattempts: this.#balancer?.election.maxattempts ?? 0,
      reusedBackendConnection: this.#reused,
      clientConnectionReused: this.#client.served > 0,
    });
    if (worker !== undefined && decision.workerError) this.#putInError(worker, `${outcome.kind}: ${detail}`);
    switch (decision.next) {
      case 'try-again':
        this.#tries++;
        this.#attempt();
        break;
      case 'answer':
        this.#afterFailure(outcome, decision.status);
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

  /** failonstatus counts answers made here too. @source apache-semantics 9.3 */
  #afterFailure(outcome: AttemptOutcome, status: number): void {
    if (this.#balancer === undefined || this.#worker === undefined) return;
    if (afterResponse(this.#balancer.election, status, outcome.kind === 'response-timeout')) {
      this.#putInError(this.#worker, `${outcome.kind}: answered ${status}`);
    }
  }

  #putInError(worker: ProxyWorker, reason: string): void {
    const nowMs = Date.now();
    const { scoreboard, lockOwner, post } = this.#context;
    const lock = this.#balancer?.lock;
    if (lock === undefined) return;
    scoreboard.lock(lock, lockOwner);
    let entered: boolean;
    try {
      entered = errorState(scoreboard, worker.slot, nowMs);
    } finally {
      scoreboard.unlock(lock, lockOwner);
    }
    if (entered) post({ type: 'worker-error', slot: worker.slot, reason, timeMs: nowMs });
  }

  /** Answers from here: an error, or a request no worker is asked for. */
  #answer(status: number): void {
    if (this.#headSent) {
      this.#cut();
      return;
    }
    const options = connectionOptions(this.#head.fields);
    const bodyLeft = this.#body.remaining;
    const unreadable = this.#body.error !== undefined || this.#expectsContinue || (bodyLeft ?? 0) > DISCARD_BYTES;
    const keepAlive = decideKeepAlive({
      settings: this.#settings,
      versionMinor: this.#head.versionMinor,
      close: options.close,
      keepAlive: options.keepAlive,
      status,
      delimited: true,
      served: this.#client.served,
      mustClose: this.#context.draining || this.#clientEnded || unreadable,
    });
    this.#headSent = true;
    this.#client.out.text(localResponse(status, this.requestMethod, keepAlive.fields));
    this.#client.out.flush();
    this.#responseComplete = true;
    if (!this.#body.complete && keepAlive.keep) {
      this.#bodyPhase = 'discard';
      this.#wait('nothing', 0);
      this.#client.awaitBody();
    } else {
      this.#finish(keepAlive.keep);
    }
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
    const worker = this.#worker;
    if (upstream !== undefined && worker !== undefined) {
      this.#upstream = undefined;
      const { scoreboard } = this.#context;
      Atomics.add(scoreboard.responses, worker.slot, 1n);
      if (this.#relay.bodyBytes > 0) Atomics.add(scoreboard.bytesOut, worker.slot, BigInt(this.#relay.bodyBytes));
      // A worker that has not been sent the whole request would take the next one for the rest of it.
      if (
        this.#bodyPhase !== 'done' &&
        this.#body.announced &&
        !(this.#body.complete && this.#body.receivedBytes === 0)
      )
        upstream.reusable = false;
      worker.pool.release(upstream);
    }
    this.#settle();
    this.#client.exchangeDone(keepAlive && this.#body.complete);
  }

  #dropUpstream(): void {
    this.#acquisition?.cancel();
    this.#acquisition = undefined;
    const upstream = this.#upstream;
    if (upstream === undefined) return;
    this.#upstream = undefined;
    this.#worker!.pool.discard(upstream);
  }

  /** Gives back what the exchange held; nothing happens on it any more. */
  #settle(): void {
    this.#over = true;
    this.#timer.cancel();
    for (const slot of this.#slots) {
      endBusy(this.#context.scoreboard, slot);
      this.#context.busyShare[slot]!--;
    }
    this.#slots.length = 0;
    this.generation.exchanges--;
    this.#context.released(this.generation);
  }

  #wait(waiting: Waiting, delayMs: number): void {
    this.#waiting = waiting;
    if (waiting === 'nothing') this.#timer.cancel();
    else this.#timer.arm(delayMs);
  }

  #connectTimeoutMs(worker: ProxyWorker): number {
    return worker.settings.connectiontimeoutMs ?? this.#readTimeoutMs(worker);
  }

  #readTimeoutMs(worker: ProxyWorker): number {
    return worker.settings.timeoutMs ?? this.#settings.proxyTimeoutMs;
  }

  #tunnelTimeoutMs(): number {
    return Math.max(this.#settings.timeoutMs, this.#readTimeoutMs(this.#worker!));
  }

  #serverName(): string {
    return this.#server.serverName === '' ? this.#context.hostname : this.#server.serverName;
  }

  #via(): string | undefined {
    const { proxyVia } = this.#settings;
    if (proxyVia !== 'on' && proxyVia !== 'full') return undefined;
    const port = /:(\d+)$/.exec(this.#clientHost ?? '')?.[1];
    const name = port === undefined || port === '80' ? this.#serverName() : `${this.#serverName()}:${port}`;
    const entry = `1.${this.#head.versionMinor} ${name}`;
    return proxyVia === 'full' ? `${entry} (${this.#context.product})` : entry;
  }

  #countTransferred(bytes: number): void {
    countTransferred(this.#context.scoreboard, this.#worker!.slot, bytes);
  }

  #countRead(bytes: number): void {
    if (this.#waiting !== 'tunnel') countRead(this.#context.scoreboard, this.#worker!.slot, bytes);
  }

  #countBytesIn(bytes: number): void {
    if (bytes > 0) Atomics.add(this.#context.scoreboard.bytesIn, this.#worker!.slot, BigInt(bytes));
  }
}

/** Path and query for the worker: a balancer's target follows the member's own path. */
function targetFor(upstream: Upstream, worker: ProxyWorker): string {
  return upstream.kind === 'balancer' ? worker.settings.path + upstream.path : upstream.target;
}
