/** Set by the first line of a print that needs it: httpd has no other way to write a `${` that is meant literally. */
export const DOLLAR = 'DOLLAR';

/** A word in quotes, such that the reader gets exactly this text. Line ends can't be written in a configuration. */
export function quoted(text: string): string {
  // A backslash escapes only a backslash or quote, so all others may stay as they are: patterns remain readable.
  const escaped = text.replace(/\\(?=["\\]|$)|"/g, '\\$&');
  return `"${escaped.replaceAll('${', `\${${DOLLAR}}{`)}"`;
}

/** A word, quoted only when it has to be. */
export function word(text: string): string {
  return /^[A-Za-z0-9_.,:|/+@%*!?;~&=()-]+$/.test(text) ? text : quoted(text);
}

/** Whether any printed line needs `Define DOLLAR`. */
export function usesDollar(lines: readonly string[]): boolean {
  return lines.some((line) => line.includes(`\${${DOLLAR}}`));
}
