import type { EffectiveSettings } from '#shared/definition/defaults.ts';
import type { CompiledReverseRule } from '#shared/routing/proxy-pass-reverse.ts';
import { connectionOptions, type ResponseFraming } from '../http1/body-framing.ts';
import type { HeaderFields } from '../http1/header-fields.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import { type DownstreamFraming, forwardResponseHead, trailerSection } from './forward-response.ts';
import { decideKeepAlive } from './keep-alive.ts';
import type { Outgoing } from './outgoing.ts';

/** What the client side brings to a response. */
export type ResponseContext = {
  readonly versionMinor: 0 | 1;
  readonly settings: EffectiveSettings;
  readonly reverse: readonly CompiledReverseRule[] | undefined;
  readonly origin: { readonly scheme: string; readonly host: string };
  readonly via: string | undefined;
  readonly close: boolean;
  readonly keepAlive: boolean;
  readonly served: number;
  readonly upgradeAllowed: boolean;
};

/** Writes one worker's response to the client, in the framing the client can read. */
export class ResponseRelay {
  /** The client connection can carry another request after this response. */
  keepAlive = false;
  /** Body bytes of the worker, chunk framing excluded. */
  bodyBytes = 0;
  /** The end of the body will be the end of the connection. */
  untilClose = false;
  #framing: DownstreamFraming = 'none';
  readonly #out: Outgoing;

  constructor(out: Outgoing) {
    this.#out = out;
  }

  /** Writes the head. @param mustClose the connection can't be kept whatever the response allows */
  begin(head: ResponseHead, framing: ResponseFraming, context: ResponseContext, mustClose: boolean): void {
    this.#framing = downstreamFraming(framing, context);
    this.untilClose = this.#framing === 'until-close';
    const keepAlive = decideKeepAlive({
      settings: context.settings,
      versionMinor: context.versionMinor,
      close: context.close,
      keepAlive: context.keepAlive,
      status: head.status,
      delimited: !this.untilClose,
      served: context.served,
      mustClose,
    });
    this.keepAlive = keepAlive.keep;
    this.#out.text(
      forwardResponseHead({
        head,
        framing: this.#framing,
        settings: context.settings,
        via: context.via,
        reverse: context.reverse,
        origin: context.origin,
        connection: keepAlive.fields,
        connectionTokens: connectionOptions(head.fields).tokens,
        upgradeAllowed: context.upgradeAllowed,
      }),
    );
  }

  body(buffer: Buffer, from: number, to: number): void {
    this.bodyBytes += to - from;
    if (this.#framing === 'none') return;
    if (this.#framing !== 'chunked') {
      this.#out.bytes(buffer, from, to);
      return;
    }
    if (to === from) return; // An empty chunk would end the body.
    this.#out.text(`${(to - from).toString(16)}\r\n`);
    this.#out.bytes(buffer, from, to);
    this.#out.text('\r\n');
  }

  end(trailers: HeaderFields | undefined): void {
    if (this.#framing === 'chunked') this.#out.text(trailerSection(trailers));
  }
}

function downstreamFraming(framing: ResponseFraming, context: ResponseContext): DownstreamFraming {
  if (framing.kind === 'none') return 'none';
  if (framing.kind === 'length') return 'length';
  // A client of HTTP/1.0 can't read chunks: the connection's end is all it understands.
  return context.versionMinor === 1 ? 'chunked' : 'until-close';
}
