import {
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
import type { ResponseLimits } from './limits.ts';
import { CR, FIELD_VALUE, isDigit, isDotted, LF, SP, showByte } from './tokens.ts';

/** A response's head, as it stood on the wire. */
export type ResponseHead = {
  /** 1 for any HTTP/1.x but 1.0. */
  readonly versionMinor: 0 | 1;
  /** 100..999 */
  readonly status: number;
  /** Reason phrase, latin1, may be empty. */
  readonly reason: string;
  readonly fields: HeaderFields;
  /** Bytes consumed, from a skipped empty line to the blank line that ends the head. */
  readonly headBytes: number;
  /** Length of the status line without its line end: httpd's `read` counts it. */
  readonly statusLineBytes: number;
};

/** Why a backend's answer is refused. Nothing that follows on its connection can be trusted. */
export type ResponseHeadError = {
  readonly error: 'not-http' | 'bad-status-line' | 'bad-header' | 'line-too-long' | 'too-many-fields' | 'major-version';
  readonly detail: string;
};

export function isResponseHeadError(x: object | undefined): x is ResponseHeadError {
  return x !== undefined && 'error' in x;
}

const shared = new HeadProgress();
const HTTP_SLASH = Buffer.from('HTTP/', 'latin1');

/**
 * Parses the response head at the start of `buffer[start,end)`. Strict as for requests, but for what httpd takes from backends
 * and what has one reading only: one empty line before the status line; no reason phrase, with or without the space before it; any
 * HTTP/1.x; and LF as line end if *every* line of this head ends so. The status line decides which: an LF in a head of CRLF
 * lines is refused, since it may come from text that a backend let into a header, and so is a CR in a head of LF lines. Whoever
 * passes the head on writes CRLF. Folded lines, control characters and HTTP/0.9 are refused.
 *
 * @param progress as in `parseRequestHead`
 * @returns `undefined` if more bytes are needed
 * @source RFC 9112 sections 2.2, 4, 5; `responsefieldsize=`
 */
export function parseResponseHead(
  buffer: Buffer,
  start: number,
  end: number,
  limits: ResponseLimits,
  progress?: HeadProgress,
): ResponseHead | ResponseHeadError | undefined {
  const at = progress ?? shared;
  if (progress === undefined) at.reset();
  if (at.next === 0) {
    const refused = scanStatusLine(buffer, start, end, limits.lineBytes, at);
    if (refused !== undefined) return refused; // Nothing was recorded yet.
    if (at.next === 0) return undefined;
  }
  const outcome = scanFields(buffer, start, end, at, limits.lineBytes, limits.fields);
  if (outcome === INCOMPLETE) return undefined;
  if (outcome !== COMPLETE) {
    const refused = fieldsRefused(outcome, limits, at.fields + 1);
    at.reset();
    return refused;
  }
  const text = buffer.toString('latin1', start, start + at.next);
  const line = at.markA;
  const head: ResponseHead = {
    versionMinor: text.charCodeAt(line + 7) === 0x30 ? 0 : 1,
    status: at.markC,
    reason: text.substring(Math.min(line + 13, at.markB), at.markB),
    fields: fieldsOf(buffer, start, text, at),
    headBytes: at.next,
    statusLineBytes: at.markB - line,
  };
  at.reset();
  return head;
}

/** Leaves the start of the line in markA, its end in markB, the status in markC, the next line in `next`. */
function scanStatusLine(
  buffer: Buffer,
  start: number,
  end: number,
  lineBytes: number,
  progress: HeadProgress,
): ResponseHeadError | undefined {
  let line = start;
  if (line < end && buffer[line] === CR) {
    if (line + 1 === end) return undefined;
    if (buffer[line + 1] !== LF) return notHttp(buffer, line, end);
    line += 2;
  }
  for (let i = 0; i < HTTP_SLASH.length; i++) {
    if (line + i >= end) return undefined;
    if (buffer[line + i] !== HTTP_SLASH[i]) return notHttp(buffer, line, end);
  }
  const stop = Math.min(end, line + lineBytes + 1);
  let i = line;
  while (i < stop && FIELD_VALUE[buffer[i] as number] === 1) i++;
  if (i === stop) {
    if (i - line <= lineBytes) return undefined;
    return { error: 'line-too-long', detail: `the status line is longer than ${lineBytes} bytes` };
  }
  const lfOnly = buffer[i] === LF;
  const outcome = lineEndAt(buffer, i, end, lfOnly);
  if (outcome === INCOMPLETE) return undefined;
  if (outcome === NOT_A_LINE_END) return badStatusLine(buffer, line, i, `it holds ${showByte(buffer[i] as number)}`);
  if (outcome !== COMPLETE) return badStatusLine(buffer, line, i, faultText(outcome));
  if (i - line < 12 || !isDotted(buffer, line + 5) || buffer[line + 8] !== SP) {
    return badStatusLine(buffer, line, i, 'expected "HTTP/1.x", a space and three digits');
  }
  if (buffer[line + 5] !== 0x31) {
    return { error: 'major-version', detail: `${excerpt(buffer, line, i)}: only HTTP/1.x is understood` };
  }
  const status = statusAt(buffer, line + 9);
  if (status < 100 || (i - line > 12 && buffer[line + 12] !== SP)) {
    return badStatusLine(buffer, line, i, 'the status code is not three digits from 100 to 999');
  }
  progress.lfOnly = lfOnly;
  progress.markA = line - start;
  progress.markB = i - start;
  progress.markC = status;
  progress.next = i - start + (lfOnly ? 1 : 2);
  return undefined;
}

/** Three digits as a number; -1 if they are not. */
function statusAt(buffer: Buffer, i: number): number {
  const [a, b, c] = [buffer[i] as number, buffer[i + 1] as number, buffer[i + 2] as number];
  return isDigit(a) && isDigit(b) && isDigit(c) ? (a - 0x30) * 100 + (b - 0x30) * 10 + (c - 0x30) : -1;
}

function notHttp(buffer: Buffer, line: number, end: number): ResponseHeadError {
  return { error: 'not-http', detail: `the answer begins with ${excerpt(buffer, line, end)}, not with "HTTP/"` };
}

function badStatusLine(buffer: Buffer, line: number, end: number, why: string): ResponseHeadError {
  return { error: 'bad-status-line', detail: `${excerpt(buffer, line, end)}: ${why}` };
}

/** A few bytes as a quoted string that is safe to log. */
function excerpt(buffer: Buffer, from: number, to: number): string {
  return JSON.stringify(buffer.toString('latin1', from, Math.min(to, from + 40)));
}

function fieldsRefused(fault: number, limits: ResponseLimits, line: number): ResponseHeadError {
  if (fault === LINE_TOO_LONG) {
    return { error: 'line-too-long', detail: `header line ${line} is longer than ${limits.lineBytes} bytes` };
  }
  if (fault === TOO_MANY_FIELDS) {
    return { error: 'too-many-fields', detail: `there are more than ${limits.fields} header fields` };
  }
  return { error: 'bad-header', detail: `header line ${line}: ${faultText(fault)}` };
}
