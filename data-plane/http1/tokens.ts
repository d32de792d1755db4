/**
 * Byte classes of HTTP/1.1 messages as lookup tables, one load per byte on the hot path: 1 = in the class.
 *
 * @source RFC 9110 section 5.5 and 5.6.2, RFC 9112 section 3, RFC 3986
 */

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const QUOTE = 0x22;
export const HASH = 0x23;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const EQUALS = 0x3d;
export const BACKSLASH = 0x5c;

const DIGITS = '0123456789';
const ALPHA = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** tchar: what methods, field names and codings are made of. */
export const TOKEN: Uint8Array = tableOf(`!#$%&'*+-.^_\`|~${DIGITS}${ALPHA}`);

/** What a field value may hold: VCHAR, obs-text, SP and HTAB. No other control, no DEL. */
export const FIELD_VALUE: Uint8Array = tableWhere(
  (byte) => byte === HTAB || (byte >= 0x20 && byte !== 0x7f), // obs-text is 0x80-0xff
);

/** What a request target may hold: visible US-ASCII but `#`, since a fragment is never sent. */
export const TARGET: Uint8Array = tableWhere((byte) => byte > SP && byte < 0x7f && byte !== HASH);

/** What a quoted-string may hold between its quotes, `\` and `"` excluded. */
export const QUOTED_TEXT: Uint8Array = tableWhere(
  (byte) => FIELD_VALUE[byte] === 1 && byte !== QUOTE && byte !== BACKSLASH,
);

/** A host name or IPv4 address as httpd accepts it: letters, digits, `-`, `.`, `_`. */
export const HOST_NAME: Uint8Array = tableOf(`-._${DIGITS}${ALPHA}`);

/** Value of a hexadecimal digit, 255 for any other byte. */
export const HEX_VALUE: Uint8Array = hexValues();

/** True if `text` is one or more tchar. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (TOKEN[text.charCodeAt(i)] !== 1) return false;
  return text.length > 0;
}

/** Without SP and HTAB at both ends; nothing else counts as white space here. */
export function trimOws(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isOws(text.charCodeAt(from))) from++;
  while (to > from && isOws(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

/** `<digit>.<digit>` at `i`. */
export function isDotted(buffer: Buffer, i: number): boolean {
  return isDigit(buffer[i] as number) && buffer[i + 1] === 0x2e && isDigit(buffer[i + 2] as number);
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** `0x0a`: how messages name a byte. */
export function showByte(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

function isOws(code: number): boolean {
  return code === SP || code === HTAB;
}

function tableOf(members: string): Uint8Array {
  return tableWhere((byte) => members.includes(String.fromCharCode(byte)));
}

function tableWhere(member: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (member(byte) ? 1 : 0));
}

function hexValues(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    const value = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
    return value < 0 ? 255 : value;
  });
}
