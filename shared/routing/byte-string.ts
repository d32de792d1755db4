/**
 * Request targets reach routing as byte strings: one character 0..255 per byte, nothing assumed about the text in them.
 * Configuration is text; this gives the byte string of its UTF-8 form, so that the two compare byte by byte as in httpd.
 */
export function byteString(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return Buffer.from(text, 'utf8').toString('latin1');
  }
  return text;
}

const UPPER_A = 65;
const UPPER_Z = 90;

/** Whether `value` begins with `prefix`, ASCII letters compared without case; `prefix` must be lower-case already. */
export function startsWithIgnoringCase(value: string, prefix: string): boolean {
  if (value.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) {
    let code = value.charCodeAt(i);
    if (code >= UPPER_A && code <= UPPER_Z) code += 32;
    if (code !== prefix.charCodeAt(i)) return false;
  }
  return true;
}

/** Lower-cases ASCII letters only, as C's tolower does; other bytes stay. */
export function asciiLowerCase(value: string): string {
  return value.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
