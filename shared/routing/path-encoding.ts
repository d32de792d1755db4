/**
 * How a `%2F` in a request path is treated: refused with 404, decoded to `/`, or kept as it is.
 *
 * @source AllowEncodedSlashes Off | On | NoDecode
 */
export type EncodedSlashes = 'off' | 'on' | 'nodecode';

const PERCENT = 0x25;
const SLASH = 0x2f;

/** 1 for bytes sent as they are: alphanumerics, `/` and `~$-_.+!*'(),;:@&=` (proxy_util.c:ap_proxy_canonenc_ex). */
export const SENT_AS_IS: Uint8Array = byteSet(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/~$-_.+!*'(),;:@&=",
);

const ESCAPES: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
);

/**
 * Writes a decoded path as backends get it: every byte that may not stand as it is becomes `%XX`, upper-case.
 *
 * @param path byte string; with `nodecode` it may hold `%2F` kept from the request, which stays as received
 * @returns undefined only with `nodecode`, when a `%` is not followed by two hex digits: httpd answers 400 then
 * @source proxy_util.c:ap_proxy_canonenc_ex, httpd 2.4
 */
export function encodePath(path: string, mode: EncodedSlashes): string | undefined {
  let out = '';
  let copied = 0;
  for (let i = 0; i < path.length; i++) {
    const byte = path.charCodeAt(i);
    if (SENT_AS_IS[byte] === 1) continue;
    if (mode === 'nodecode' && byte === PERCENT) {
      const decoded = hexPair(path, i + 1);
      if (decoded < 0) return undefined;
      if (decoded === SLASH) {
        i += 2;
        continue;
      }
    }
    out += path.slice(copied, i) + ESCAPES[byte & 0xff];
    copied = i + 1;
  }
  return copied === 0 ? path : out + path.slice(copied);
}

/** Value of the two hex digits at `at`, or -1 if they are not two hex digits. */
export function hexPair(text: string, at: number): number {
  const high = hexDigit(text.charCodeAt(at));
  const low = hexDigit(text.charCodeAt(at + 1));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/** Value of one hex digit given by its code, or -1. */
export function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** A table of 256 with 1 for every character given. */
export function byteSet(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const character of characters) set[character.charCodeAt(0)] = 1;
  return set;
}
