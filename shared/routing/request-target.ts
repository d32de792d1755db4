import { byteSet, type EncodedSlashes, hexDigit, SENT_AS_IS } from './path-encoding.ts';

/** An origin-form request target, taken apart and brought into the one form that rules are matched against. */
export type RequestTarget = {
  readonly kind: 'target';
  /** As received, query included. */
  readonly raw: string;
  /** Decoded and normalised path, a byte string beginning with `/`. */
  readonly path: string;
  /** Without `?`, as received; undefined without a `?`, empty for a lone `?`. */
  readonly query: string | undefined;
  /** The path stands in `raw` exactly so and needs no encoding: slices of `raw` can be sent. */
  readonly verbatim: boolean;
  /** The query holds a raw space or control character. */
  readonly unsafeQuery: boolean;
};

export type TargetRefusal = { readonly kind: 'refusal'; readonly status: 400 | 404; readonly reason: string };

const PLAIN = 0;
const SLASH_CLASS = 1;
const DOT_CLASS = 2;
const QUESTION_CLASS = 3;
const HASH_CLASS = 4;
const REWRITTEN_CLASS = 5;

const CLASSES = new Uint8Array(256).map((_, byte) => {
  if (byte === 0x2f) return SLASH_CLASS;
  if (byte === 0x2e) return DOT_CLASS;
  if (byte === 0x3f) return QUESTION_CLASS;
  if (byte === 0x23) return HASH_CLASS;
  return SENT_AS_IS[byte] === 1 ? PLAIN : REWRITTEN_CLASS;
});

const UNRESERVED = byteSet('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~');
const PERCENT = 0x25;
const DOT = 0x2e;
const SLASH = 0x2f;

/**
 * Reads an origin-form request target. One pass over the string when the path needs nothing done, which is the usual case;
 * otherwise `normalisePath`.
 *
 * @param raw byte string beginning with `/`
 * @returns a refusal for a path no rule may see: 400 for a bad escape, `#`, or climbing above the root; 404 for `%00` and,
 *   with mode `off`, `%2F`
 * @source server/request.c:ap_process_request_internal
 */
export function readTarget(raw: string, mode: EncodedSlashes): RequestTarget | TargetRefusal {
  if (raw.charCodeAt(0) !== SLASH) return refuse(400, 'the request target does not begin with "/"');
  let verbatim = true;
  let previous = PLAIN;
  let end = 0;
  for (; end < raw.length; end++) {
    const kind = CLASSES[raw.charCodeAt(end)] ?? REWRITTEN_CLASS;
    if (kind !== PLAIN) {
      if (kind === QUESTION_CLASS) break;
      if (kind === HASH_CLASS) return refuse(400, 'the request target has a fragment ("#")');
      // "//", and a segment that begins with a dot, which may be "." or "..".
      if (kind === REWRITTEN_CLASS || previous === SLASH_CLASS) verbatim = false;
    }
    previous = kind;
  }
  const scan = end < raw.length ? scanQuery(raw, end + 1) : QUERY_SAFE;
  if (scan === QUERY_HAS_FRAGMENT) return refuse(400, 'the request target has a fragment ("#")');
  const query = end < raw.length ? raw.slice(end + 1) : undefined;
  const rawPath = end < raw.length ? raw.slice(0, end) : raw;
  const unsafeQuery = scan === QUERY_UNSAFE;
  if (verbatim) return { kind: 'target', raw, path: rawPath, query, verbatim, unsafeQuery };
  const path = normalisePath(rawPath, mode);
  return typeof path === 'string' ? { kind: 'target', raw, path, query, verbatim, unsafeQuery } : path;
}

const QUERY_SAFE = 0;
const QUERY_UNSAFE = 1;
const QUERY_HAS_FRAGMENT = 2;

function scanQuery(raw: string, from: number): number {
  let result = QUERY_SAFE;
  for (let i = from; i < raw.length; i++) {
    const code = raw.charCodeAt(i);
    if (code === 0x23) return QUERY_HAS_FRAGMENT;
    if (code <= 0x20 || code === 0x7f) result = QUERY_UNSAFE;
  }
  return result;
}

/** Whether a raw text holds a space or control character, which httpd never forwards unencoded. */
export function hasControlOrSpace(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code === 0x7f) return true;
  }
  return false;
}

/**
 * Decodes a path and brings it into normal form: unreserved escapes decoded, runs of `/` merged, dot segments resolved,
 * then everything else decoded once.
 *
 * @param path raw path beginning with `/`, a byte string
 * @source server/util.c:ap_normalize_path, unescape_url; MergeSlashes On
 */
export function normalisePath(path: string, mode: EncodedSlashes): string | TargetRefusal {
  const bytes = Buffer.from(path, 'latin1');
  const normal = resolveSegments(bytes, bytes.length, true);
  if (normal === BAD_ESCAPE) return refuse(400, 'the path has a "%" without two hex digits');
  if (normal === ABOVE_ROOT) return refuse(400, 'the path climbs above the root');
  const decoded = decode(bytes, normal, mode);
  if (decoded === NUL_BYTE) return refuse(404, 'the path has an encoded NUL (%00)');
  if (decoded === ENCODED_SLASH) return refuse(404, 'the path has an encoded slash (%2F)');
  // Decoded slashes can make new "//" and dot segments; climbing is not refused any more, only stopped at the root.
  const length = mode === 'on' ? Math.max(resolveSegments(bytes, decoded, false), 1) : decoded;
  return bytes.toString('latin1', 0, length);
}

const BAD_ESCAPE = -1;
const ABOVE_ROOT = -2;
const NUL_BYTE = -3;
const ENCODED_SLASH = -4;

/** Merges slashes and resolves dot segments in place; with `first`, decodes unreserved escapes too. Returns the new length. */
function resolveSegments(bytes: Buffer, length: number, first: boolean): number {
  let failure = 0;
  let read = 1;
  let write = 1;
  while (read < length) {
    if (first && bytes[read] === PERCENT) {
      const decoded = escapeAt(bytes, read, length);
      if (decoded < 0) failure = BAD_ESCAPE;
      else if (UNRESERVED[decoded] === 1) {
        read += 2;
        bytes[read] = decoded;
      }
    }
    if (bytes[write - 1] === SLASH) {
      if (bytes[read] === SLASH) {
        read++;
        continue;
      }
      if (bytes[read] === DOT) {
        if (endsSegment(bytes, read + 1, length)) {
          read += 2;
          continue;
        }
        // The second dot may still be written %2e: only the one at `read` has been decoded so far.
        const second = bytes[read + 1] === DOT ? 1 : first && escapeAt(bytes, read + 1, length) === DOT ? 3 : 0;
        if (second > 0 && endsSegment(bytes, read + second + 1, length)) {
          if (write > 1) {
            do write--;
            while (bytes[write - 1] !== SLASH);
          } else if (first && failure === 0) failure = ABOVE_ROOT;
          read += second + 2;
          continue;
        }
      }
    }
    bytes[write++] = bytes[read++] ?? 0;
  }
  return failure < 0 ? failure : write;
}

function endsSegment(bytes: Buffer, at: number, length: number): boolean {
  return at >= length || bytes[at] === SLASH;
}

/** Decodes what is left, once and in place, and returns the new length. Escapes are known to be well-formed here. */
function decode(bytes: Buffer, length: number, mode: EncodedSlashes): number {
  let failure = 0;
  let write = 0;
  for (let read = 0; read < length; read++) {
    const decoded = bytes[read] === PERCENT ? escapeAt(bytes, read, length) : -1;
    if (decoded < 0 || (mode === 'nodecode' && decoded === SLASH)) {
      bytes[write++] = bytes[read] ?? 0;
      continue;
    }
    if (decoded === 0) failure = NUL_BYTE;
    if (decoded === SLASH && mode === 'off' && failure === 0) failure = ENCODED_SLASH;
    bytes[write++] = decoded;
    read += 2;
  }
  return failure < 0 ? failure : write;
}

function escapeAt(bytes: Buffer, at: number, length: number): number {
  if (bytes[at] !== PERCENT || at + 2 >= length) return -1;
  const high = hexDigit(bytes[at + 1] ?? 0);
  const low = hexDigit(bytes[at + 2] ?? 0);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function refuse(status: 400 | 404, reason: string): TargetRefusal {
  return { kind: 'refusal', status, reason };
}
