import type { HeaderFields } from './header-fields.ts';
import type { HeadError, RequestHead } from './request-head.ts';
import type { ResponseHead } from './response-head.ts';
import { isToken, trimOws } from './tokens.ts';

export { type ConnectionOptions, connectionOptions } from './connection-options.ts';
export { type RequestTarget, requestTarget, validateRequest } from './request-target.ts';

/** How a request's body is delimited; `length` in bytes, 0 if the client said so. */
export type RequestFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' };

/**
 * How a response's body is delimited. `ambiguous`: the head had both Content-Length and Transfer-Encoding, of which the latter
 * holds and the former must not be passed on, or it announced a body for a 204; the connection must not be used again.
 */
export type ResponseFraming =
  | { readonly kind: 'none'; readonly ambiguous?: boolean }
  | { readonly kind: 'length'; readonly length: number; readonly ambiguous?: boolean }
  | { readonly kind: 'chunked'; readonly ambiguous?: boolean }
  | { readonly kind: 'until-close'; readonly ambiguous?: boolean };

const REQUEST_NONE: RequestFraming = Object.freeze({ kind: 'none' });
const REQUEST_CHUNKED: RequestFraming = Object.freeze({ kind: 'chunked' });
const RESPONSE_NONE: ResponseFraming = Object.freeze({ kind: 'none', ambiguous: false });
const RESPONSE_NONE_AMBIGUOUS: ResponseFraming = Object.freeze({ kind: 'none', ambiguous: true });
const RESPONSE_CHUNKED: ResponseFraming = Object.freeze({ kind: 'chunked', ambiguous: false });
const RESPONSE_CHUNKED_AMBIGUOUS: ResponseFraming = Object.freeze({ kind: 'chunked', ambiguous: true });
const RESPONSE_UNTIL_CLOSE: ResponseFraming = Object.freeze({ kind: 'until-close', ambiguous: false });

/**
 * Decides where a request's body ends. Stricter than the RFC where it leaves a choice: Transfer-Encoding beside Content-Length,
 * repeated or list-valued lengths (equal ones too) and Transfer-Encoding in HTTP/1.0 are refused.
 *
 * @returns 400 for anything malformed or ambiguous, 501 for a transfer coding other than chunked
 * @source RFC 9112 sections 6.1, 6.2, 6.3; RFC 9110 section 8.6
 */
export function requestFraming(head: RequestHead): RequestFraming | HeadError {
  const fields = head.fields;
  const length = fields.get('content-length');
  const coding = fields.get('transfer-encoding');
  if (coding === undefined) {
    if (length === undefined) return REQUEST_NONE;
    const bytes = contentLength(fields, length);
    return typeof bytes === 'number' ? { kind: 'length', length: bytes } : { status: 400, reason: bytes };
  }
  if (length !== undefined) return { status: 400, reason: 'the request has both Content-Length and Transfer-Encoding' };
  if (head.versionMinor === 0) return { status: 400, reason: 'Transfer-Encoding does not exist in HTTP/1.0' };
  const fault = codingFault(fields, coding);
  if (fault === undefined) return REQUEST_CHUNKED;
  return { status: fault.understood ? 400 : 501, reason: fault.reason };
}

/**
 * Decides where a response's body ends. HEAD, 1xx, 204 and 304 have none, but their lengths are judged all the same, because they
 * are passed on. Transfer codings other than chunked are errors: the body could not be passed on without its coding.
 *
 * @param requestMethod method of the request that is answered; CONNECT is not supported
 * @source RFC 9112 section 6.3; RFC 9110 section 8.6
 */
export function responseFraming(
  head: ResponseHead,
  requestMethod: string,
): ResponseFraming | { readonly error: string } {
  const fields = head.fields;
  const length = fields.get('content-length');
  const coding = fields.get('transfer-encoding');
  const bodiless = hasNoBody(head.status, requestMethod);
  if (coding !== undefined) {
    if (head.versionMinor === 0) return { error: 'Transfer-Encoding does not exist in HTTP/1.0' };
    const fault = codingFault(fields, coding);
    if (fault !== undefined) return { error: fault.reason };
    if (bodiless) return length === undefined && head.status !== 204 ? RESPONSE_NONE : RESPONSE_NONE_AMBIGUOUS;
    return length === undefined ? RESPONSE_CHUNKED : RESPONSE_CHUNKED_AMBIGUOUS;
  }
  if (length === undefined) return bodiless ? RESPONSE_NONE : RESPONSE_UNTIL_CLOSE;
  const bytes = contentLength(fields, length);
  if (typeof bytes !== 'number') return { error: bytes };
  if (!bodiless) return { kind: 'length', length: bytes, ambiguous: false };
  // What a 204 announces, which it never may, is likely to follow it.
  return head.status === 204 && bytes > 0 ? RESPONSE_NONE_AMBIGUOUS : RESPONSE_NONE;
}

function hasNoBody(status: number, requestMethod: string): boolean {
  return requestMethod === 'HEAD' || status < 200 || status === 204 || status === 304;
}

/** The length in bytes, or what is wrong with it. */
function contentLength(fields: HeaderFields, value: string): number | string {
  if (fields.count('content-length') > 1) return 'there is more than one Content-Length';
  let length = 0;
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return badLength(value, 'is not a decimal number');
    length = length * 10 + digit;
    if (length > Number.MAX_SAFE_INTEGER) return badLength(value, 'is larger than 2^53-1');
  }
  return value.length === 0 ? badLength(value, 'is not a decimal number') : length;
}

function badLength(value: string, why: string): string {
  return `Content-Length ${JSON.stringify(value.slice(0, 40))} ${why}`;
}

/** What is wrong with a Transfer-Encoding, unless it is exactly `chunked`; `understood` if it breaks the rules for chunked. */
function codingFault(fields: HeaderFields, value: string): { reason: string; understood: boolean } | undefined {
  if (isChunked(value) && fields.count('transfer-encoding') === 1) return undefined;
  const whole = fields.joined('transfer-encoding') ?? value;
  const shown = `Transfer-Encoding ${JSON.stringify(whole.slice(0, 60))}`;
  // A quoted parameter may hold a comma; it then splits into something that is no token, and is refused as well.
  const codings = whole.split(',').map(trimOws);
  if (!codings.every((coding) => isToken(codingName(coding)))) {
    return { reason: `${shown} is malformed: expected "chunked"`, understood: true };
  }
  if (codings.slice(0, -1).some((coding) => isChunked(codingName(coding)))) {
    return { reason: `${shown}: chunked must be the last coding and stand once`, understood: true };
  }
  if (codings.length === 1 && isChunked(codingName(whole))) {
    return { reason: `${shown}: chunked has no parameters`, understood: true };
  }
  return { reason: `${shown}: no coding but chunked is understood`, understood: false };
}

function codingName(coding: string): string {
  const semicolon = coding.indexOf(';');
  return semicolon < 0 ? coding : trimOws(coding.slice(0, semicolon));
}

function isChunked(coding: string): boolean {
  return coding === 'chunked' || (coding.length === 7 && coding.toLowerCase() === 'chunked');
}
