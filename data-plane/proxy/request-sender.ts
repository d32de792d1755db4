import type { EffectiveSettings } from '#shared/definition/defaults.ts';
import type { Upstream } from '#shared/routing/decide.ts';
import type { ClientRequest } from './client-request.ts';
import { forwardRequestHead } from './forward-request.ts';
import { trailerSection } from './forward-response.ts';
import type { ProxyWorker } from './generation.ts';
import type { Outgoing } from './outgoing.ts';
import type { RequestBody } from './request-body.ts';
import { requestedUpgrade } from './upgrade.ts';

/** Writes one request to one worker's connection: the head, then the body as the head announced it. */
export class RequestSender {
  /** Protocol the worker was asked to switch to. */
  readonly upgrade: string | undefined;
  /** The worker has to say 100 Continue before it is sent the body. */
  readonly awaitsContinue: boolean;
  readonly #request: ClientRequest;
  readonly #body: RequestBody;
  readonly #worker: ProxyWorker;
  readonly #out: Outgoing;
  readonly #chunked: boolean;
  readonly #expect: 'forward' | 'add' | 'drop';
  /** Told of every byte written but the framing of chunks, as httpd counts `transferred`. */
  readonly #onTransferred: (bytes: number) => void;

  /** @param clientExpects the client waits for a 100 Continue itself */
  constructor(
    request: ClientRequest,
    body: RequestBody,
    worker: ProxyWorker,
    out: Outgoing,
    clientExpects: boolean,
    onTransferred: (bytes: number) => void,
  ) {
    this.#request = request;
    this.#body = body;
    this.#worker = worker;
    this.#out = out;
    this.#onTransferred = onTransferred;
    const empty = body.complete && body.receivedBytes === 0;
    const pings = worker.settings.pingMs !== undefined && !empty;
    this.#expect = clientExpects ? 'forward' : pings ? 'add' : 'drop';
    this.awaitsContinue = clientExpects || pings;
    this.upgrade = body.announced ? undefined : requestedUpgrade(request.head, worker.settings.upgrade);
    this.#chunked = !body.complete && body.framing.kind === 'chunked';
  }

  head(upstream: Upstream, settings: EffectiveSettings, via: string | undefined): void {
    const { head, host, options, clientAddress, serverName } = this.#request;
    const { settings: worker, hostField } = this.#worker;
    const text = forwardRequestHead({
      head,
      // A balancer's path follows the member's own.
      target: upstream.kind === 'balancer' ? worker.path + upstream.path : upstream.target,
      host: settings.proxyPreserveHost ? (host ?? hostField) : hostField,
      clientHost: host,
      clientAddress,
      serverName,
      via,
      settings,
      connectionTokens: options.tokens,
      body: this.#announcedBody(),
      expect: this.#expect,
      upgrade: this.upgrade,
      keepAlive: !worker.disablereuse,
    });
    this.#out.text(text);
    this.#onTransferred(text.length);
  }

  /** Writes the part of the body that was kept, and its end if that is all. */
  kept(): void {
    for (const run of this.#body.prefetched) this.run(run, 0, run.length);
    if (this.#body.complete) this.end();
  }

  run(buffer: Buffer, from: number, to: number): void {
    if (to === from) return; // An empty chunk would end the body.
    if (this.#chunked) this.#out.text(`${(to - from).toString(16)}\r\n`);
    this.#out.bytes(buffer, from, to);
    if (this.#chunked) this.#out.text('\r\n');
    this.#onTransferred(to - from);
  }

  end(): void {
    if (this.#chunked) this.#out.text(trailerSection(this.#body.trailers));
  }

  /** A body that is here whole is sent with its length, however it came; any other as the client framed it. */
  #announcedBody(): number | 'chunked' | undefined {
    const body = this.#body;
    if (!body.announced) return undefined;
    if (body.complete) return body.receivedBytes;
    return body.framing.kind === 'length' ? body.framing.length : 'chunked';
  }
}
