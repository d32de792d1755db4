import { type RequestFraming, requestFraming, validateRequest } from '../../../data-plane/http1/body-framing.ts';
import { ChunkedDecoder } from '../../../data-plane/http1/chunked.ts';
import { HeadProgress } from '../../../data-plane/http1/field-section.ts';
import type { HeaderFields } from '../../../data-plane/http1/header-fields.ts';
import { DEFAULT_REQUEST_LIMITS, type RequestLimits } from '../../../data-plane/http1/limits.ts';
import { isHeadError, parseRequestHead, type RequestHead } from '../../../data-plane/http1/request-head.ts';

/** What came of reading one request from a stream of bytes. */
export type Reading =
  | { readonly outcome: 'incomplete' }
  | { readonly outcome: 'refused'; readonly status: number; readonly reason: string }
  | {
      readonly outcome: 'read';
      readonly method: string;
      readonly target: string;
      readonly versionMinor: number;
      readonly fields: [string, string][];
      readonly body: string;
      readonly trailers: [string, string][];
      readonly bytes: number;
    };

export function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

export function pairs(fields: HeaderFields): [string, string][] {
  return fields.names.map((name, i) => [name, fields.values[i] as string]);
}

/** Reads the first request of `bytes`, handed over in pieces that end at `cuts` and at the end. */
export function readRequest(
  bytes: Buffer,
  cuts: readonly number[] = [],
  limits: RequestLimits = DEFAULT_REQUEST_LIMITS,
): Reading {
  const ends = [...new Set([...cuts.filter((cut) => cut > 0 && cut < bytes.length), bytes.length])].sort(
    (a, b) => a - b,
  );
  const progress = new HeadProgress();
  let head: RequestHead | undefined;
  let framing: RequestFraming = { kind: 'none' };
  const decoder = new ChunkedDecoder();
  const body: Buffer[] = [];
  let at = 0;
  for (const end of ends) {
    if (head === undefined) {
      const parsed = parseRequestHead(bytes, 0, end, limits, cuts.length === 0 ? undefined : progress);
      if (parsed === undefined) continue;
      if (isHeadError(parsed)) return { outcome: 'refused', ...parsed };
      const judged = validateRequest(parsed) ?? requestFraming(parsed);
      if (isHeadError(judged)) return { outcome: 'refused', ...judged };
      head = parsed;
      framing = judged;
      at = head.headBytes;
    }
    if (framing.kind === 'length') {
      const stop = head.headBytes + framing.length;
      if (end < stop) continue;
      body.push(bytes.subarray(head.headBytes, stop));
      return read(head, body, undefined, stop);
    }
    if (framing.kind === 'none') return read(head, body, undefined, head.headBytes);
    at = decoder.decode(bytes, at, end, (from, to) => body.push(bytes.subarray(from, to)));
    if (decoder.error !== undefined) return { outcome: 'refused', status: 400, reason: decoder.error };
    if (decoder.done) return read(head, body, decoder.trailers, at);
  }
  return { outcome: 'incomplete' };
}

function read(head: RequestHead, body: Buffer[], trailers: HeaderFields | undefined, bytes: number): Reading {
  return {
    outcome: 'read',
    method: head.method,
    target: head.target,
    versionMinor: head.versionMinor,
    fields: pairs(head.fields),
    body: Buffer.concat(body).toString('latin1'),
    trailers: trailers === undefined ? [] : pairs(trailers),
    bytes,
  };
}
