import {
  COMPLETE,
  faultText,
  fieldsOf,
  HeadProgress,
  INCOMPLETE,
  scanFields,
  TOO_MANY_FIELDS,
} from './field-section.ts';
import { HeaderFields } from './header-fields.ts';
import type { ChunkedLimits } from './limits.ts';

/**
 * Fields that mean nothing or do harm after the body: framing, routing, authentication, request modifiers, content
 * format, and what concerns one connection only.
 *
 * @source RFC 9110 section 6.5.1
 */
const FORBIDDEN: ReadonlySet<string> = new Set([
  ...[
    'content-length',
    'transfer-encoding',
    'trailer',
    'te',
    'connection',
    'keep-alive',
    'proxy-connection',
    'upgrade',
  ],
  ...['host', 'expect', 'max-forwards', 'forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'],
  ...[
    'x-forwarded-server',
    'x-real-ip',
    'http2-settings',
    'cache-control',
    'pragma',
    'range',
    'age',
    'date',
    'expires',
  ],
  ...['authorization', 'proxy-authorization', 'authentication-info', 'proxy-authentication-info', 'www-authenticate'],
  ...['proxy-authenticate', 'cookie', 'set-cookie', 'location', 'retry-after', 'vary', 'warning', 'content-encoding'],
  ...['content-type', 'content-range', 'content-location', 'content-disposition', 'content-security-policy'],
  ...['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range'],
]);

/** True if a trailer of that name is dropped. */
export function isForbiddenTrailer(lower: string): boolean {
  return FORBIDDEN.has(lower);
}

/** Collects one trailer section from pieces and reads it as fields. Trailers are rare, so this may copy. */
export class TrailerReader {
  /** The section's fields without the forbidden ones, once it is complete. */
  fields: HeaderFields | undefined = undefined;
  error: string | undefined = undefined;

  readonly #limits: ChunkedLimits;
  readonly #progress = new HeadProgress();
  #bytes = Buffer.alloc(0);

  constructor(limits: ChunkedLimits) {
    this.#limits = limits;
  }

  /** Takes `buffer[start,end)`; returns the offset after the section's last byte, or `end`. Check `fields` and `error`. */
  read(buffer: Buffer, start: number, end: number): number {
    const before = this.#bytes.length;
    const { maxTrailerBytes, maxTrailerFields } = this.#limits;
    // One byte more than allowed tells a section that is too long from one that is just complete.
    const taken = Math.min(end, start + maxTrailerBytes + 1 - before);
    this.#bytes = Buffer.concat([this.#bytes, buffer.subarray(start, taken)]);
    const bytes = this.#bytes;
    const outcome = scanFields(bytes, 0, bytes.length, this.#progress, maxTrailerBytes, maxTrailerFields);
    if (outcome === COMPLETE && this.#progress.next <= maxTrailerBytes) {
      this.fields = allowed(fieldsOf(bytes, 0, bytes.toString('latin1', 0, this.#progress.next), this.#progress));
      return start + this.#progress.next - before;
    }
    if (outcome === COMPLETE || (outcome === INCOMPLETE && bytes.length > maxTrailerBytes)) {
      this.error = `the trailers are longer than ${maxTrailerBytes} bytes`;
    } else if (outcome === TOO_MANY_FIELDS) {
      this.error = `there are more than ${maxTrailerFields} trailer fields`;
    } else if (outcome !== INCOMPLETE) {
      this.error = `trailers: ${faultText(outcome)}`;
    }
    return taken;
  }
}

function allowed(received: HeaderFields): HeaderFields {
  const fields = new HeaderFields();
  for (let i = 0; i < received.length; i++) {
    const lower = received.lowers[i] as string;
    if (!FORBIDDEN.has(lower)) fields.add(received.names[i] as string, lower, received.values[i] as string);
  }
  return fields;
}
