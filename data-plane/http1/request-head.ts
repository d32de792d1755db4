import {
  BARE_CR,
  BARE_LF,
  COMPLETE,
  faultText,
  fieldsOf,
  HeadProgress,
  INCOMPLETE,
  LINE_TOO_LONG,
  lineEndAt,
  NOT_A_LINE_END,
  scanFields,
  TOO_MANY_FIELDS,
} from './field-section.ts';
import type { HeaderFields } from './header-fields.ts';
import type { RequestLimits } from './limits.ts';
import { CR, HASH, isDotted, LF, SP, showByte, TARGET, TOKEN } from './tokens.ts';

export type { RequestLimits } from './limits.ts';

/** A request's head, as it stood on the wire. */
export type RequestHead = {
  readonly method: string;
  /** Request target as sent; visible US-ASCII without `#`. */
  readonly target: string;
  readonly versionMinor: 0 | 1;
  readonly fields: HeaderFields;
  /** Bytes consumed, from a skipped empty line to the blank line that ends the head. */
  readonly headBytes: number;
};

/** Why a request is refused: the status to answer with and the reason in words. The connection is to be closed after. */
export type HeadError = { readonly status: 400 | 405 | 414 | 431 | 501 | 505; readonly reason: string };

/** Tells a refusal from what it stands in for: a head, a framing, `undefined`. */
export function isHeadError(x: object | undefined): x is HeadError {
  return x !== undefined && 'status' in x && !('fields' in x);
}

const shared = new HeadProgress();

/**
 * Parses the request head at the start of `buffer[start,end)`, strictly: one reading or none. Limits hold for the incomplete part
 * too, so a head may be refused before its end is there. At most one empty line before the request line is skipped.
 *
 * @param progress give one of your own, the same until the head is complete or refused, when a head comes in pieces: then no line
 *   is read twice; `start` may move between calls if the bytes move along. Without it each call reads from `start`.
 * @returns `undefined` if more bytes are needed; 400, 414 (request line), 431 (fields), 505 (version) if refused
 * @source RFC 9112 sections 2.2, 3, 5; LimitRequestLine, LimitRequestFieldSize, LimitRequestFields
 */
export function parseRequestHead(
  buffer: Buffer,
  start: number,
  end: number,
  limits: RequestLimits,
  progress?: HeadProgress,
): RequestHead | HeadError | undefined {
  const at = progress ?? shared;
  if (progress === undefined) at.reset();
  if (at.next === 0) {
    const refused = scanRequestLine(buffer, start, end, limits.lineBytes, at);
    if (refused !== undefined) return refused; // Nothing was recorded yet.
    if (at.next === 0) return undefined;
  }
  const outcome = scanFields(buffer, start, end, at, limits.fieldBytes, limits.fields);
  if (outcome === INCOMPLETE) return undefined;
  if (outcome !== COMPLETE) {
    const refused = fieldsRefused(outcome, limits, at.fields + 1);
    at.reset();
    return refused;
  }
  const text = buffer.toString('latin1', start, start + at.next);
  const lineStart = text.charCodeAt(0) === CR ? 2 : 0;
  const head: RequestHead = {
    method: text.substring(lineStart, at.markA),
    target: text.substring(at.markA + 1, at.markB),
    versionMinor: at.markC === 0 ? 0 : 1,
    fields: fieldsOf(buffer, start, text, at),
    headBytes: at.next,
  };
  at.reset();
  return head;
}

/** Leaves the end of the method in markA, of the target in markB, the minor version in markC, and the next line in `next`. */
function scanRequestLine(
  buffer: Buffer,
  start: number,
  end: number,
  lineBytes: number,
  progress: HeadProgress,
): HeadError | undefined {
  let line = start;
  if (line < end && buffer[line] === CR) {
    if (line + 1 === end) return undefined;
    if (buffer[line + 1] !== LF) return badRequest(faultText(BARE_CR));
    line += 2;
  }
  const stop = Math.min(end, line + lineBytes + 1);
  let i = line;
  while (i < stop && TOKEN[buffer[i] as number] === 1) i++;
  if (i === stop) return tooLong(i - line, lineBytes);
  if (i === line || buffer[i] !== SP) return badMethod(buffer[i] as number, i === line);
  const methodEnd = i++;

  const target = i;
  while (i < stop && TARGET[buffer[i] as number] === 1) i++;
  if (i === stop) return tooLong(i - line, lineBytes);
  if (i === target || buffer[i] !== SP) return badTarget(buffer[i] as number, i === target);
  const targetEnd = i++;

  const version = i;
  while (i < stop && TARGET[buffer[i] as number] === 1) i++;
  if (i === stop) return tooLong(i - line, lineBytes);
  const outcome = lineEndAt(buffer, i, end, false);
  if (outcome === INCOMPLETE) return undefined;
  if (outcome === NOT_A_LINE_END) return badRequest(`${showByte(buffer[i] as number)} stands in the HTTP version`);
  if (outcome !== COMPLETE) return badRequest(faultText(outcome));
  if (i - version !== 8 || !isHttpSlash(buffer, version) || !isDotted(buffer, version + 5)) {
    return badRequest('the request line does not end in HTTP/1.0 or HTTP/1.1');
  }
  const minor = (buffer[version + 7] as number) - 0x30;
  if (buffer[version + 5] !== 0x31 || minor > 1) {
    return { status: 505, reason: 'the HTTP version is not one of HTTP/1.0 and HTTP/1.1' };
  }
  progress.markA = methodEnd - start;
  progress.markB = targetEnd - start;
  progress.markC = minor;
  progress.next = i + 2 - start;
  return undefined;
}

/** `HTTP/` at `i`, in capitals. */
function isHttpSlash(buffer: Buffer, i: number): boolean {
  return (
    buffer[i] === 0x48 &&
    buffer[i + 1] === 0x54 &&
    buffer[i + 2] === 0x54 &&
    buffer[i + 3] === 0x50 &&
    buffer[i + 4] === 0x2f
  );
}

function badRequest(reason: string): HeadError {
  return { status: 400, reason };
}

function tooLong(bytes: number, lineBytes: number): HeadError | undefined {
  if (bytes <= lineBytes) return undefined;
  return { status: 414, reason: `the request line is longer than ${lineBytes} bytes` };
}

function badMethod(byte: number, empty: boolean): HeadError {
  if (byte === LF) return badRequest(faultText(BARE_LF));
  return badRequest(
    empty
      ? `the request begins with ${showByte(byte)}, not with a method`
      : `the method is followed by ${showByte(byte)}`,
  );
}

function badTarget(byte: number, empty: boolean): HeadError {
  if (byte === HASH) return badRequest('the request target holds a fragment ("#"), which is never sent');
  if (byte === CR) return badRequest('the request line has no HTTP version: HTTP/0.9 is not spoken here');
  if (byte === LF) return badRequest(faultText(BARE_LF));
  if (empty) return badRequest('more than one space stands between method and request target');
  return badRequest(`the request target holds ${showByte(byte)}, which must be percent-encoded`);
}

function fieldsRefused(fault: number, limits: RequestLimits, line: number): HeadError {
  if (fault === LINE_TOO_LONG) {
    return { status: 431, reason: `header line ${line} is longer than ${limits.fieldBytes} bytes` };
  }
  if (fault === TOO_MANY_FIELDS) return { status: 431, reason: `there are more than ${limits.fields} header fields` };
  return badRequest(`header line ${line}: ${faultText(fault)}`);
}
