import { byteString } from './byte-string.ts';
import { type PatternError, translatePcre } from './pcre.ts';

/**
 * Compiles a pattern as httpd writes it (PCRE, with httpd's defaults: `.` matches a line end too, `$` only the very end) into
 * an ECMAScript one that runs on byte strings. Done once per configuration; the search is unanchored.
 *
 * @throws Error with the text of `checkPattern`; validation refuses such patterns long before
 */
export function compilePattern(pattern: string): RegExp {
  const compiled = tryCompile(pattern);
  if (compiled instanceof RegExp) return compiled;
  throw new Error(`pattern ${JSON.stringify(pattern)}: ${compiled.error}`);
}

/**
 * Says why a pattern cannot be used: PCRE that ECMAScript has no equal for, or a mistake in it.
 *
 * @returns undefined if the pattern is fine; otherwise what is wrong and where, without repeating the pattern
 */
export function checkPattern(pattern: string): string | undefined {
  const compiled = tryCompile(pattern);
  return compiled instanceof RegExp ? undefined : compiled.error;
}

function tryCompile(pattern: string): RegExp | PatternError {
  const translated = translatePcre(byteString(pattern));
  if ('error' in translated) return translated;
  try {
    return new RegExp(translated.source, translated.flags);
  } catch (err) {
    const message = err instanceof Error ? err.message : String(err);
    // V8 puts the whole translated pattern before its last sentence, which says what is wrong.
    return { error: message.slice(message.lastIndexOf(': ') + 2).toLowerCase() };
  }
}

/** Whether a Location's path has wildcards. @source apr_fnmatch_test */
export function hasWildcards(path: string): boolean {
  let open = false;
  for (let i = 0; i < path.length; i++) {
    const char = path.charAt(i);
    if (char === '?' || char === '*') return true;
    if (char === '\\') i++;
    else if (char === '[') open = true;
    else if (char === ']' && open) return true;
  }
  return false;
}

/**
 * Compiles the wildcards of a `<Location>` path: `*`, `?` and `[…]`, none of which matches a `/`. The whole path must match.
 *
 * @source apr_fnmatch with APR_FNM_PATHNAME
 */
export function compileWildcards(path: string): RegExp {
  let source = '';
  for (let i = 0; i < path.length; i++) {
    const char = path.charAt(i);
    const end = char === '[' ? closingBracket(path, i) : -1;
    if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else if (end > 0) {
      source += bracketClass(path.slice(i + 1, end));
      i = end;
    } else if (char === '\\' && i + 1 < path.length) source += literal(path.charAt(++i));
    else source += literal(char);
  }
  return new RegExp(`^${source}$`, 's');
}

function closingBracket(path: string, open: number): number {
  // A bracket right after the opening (or its negation) is a member of the set.
  const negated = path.charAt(open + 1) === '!' || path.charAt(open + 1) === '^';
  return path.indexOf(']', open + (negated ? 3 : 2));
}

function bracketClass(inside: string): string {
  const negated = inside.startsWith('!') || inside.startsWith('^');
  const members = (negated ? inside.slice(1) : inside).replace(/[\\\]^[]/g, '\\$&');
  return `(?!/)[${negated ? '^' : ''}${members}]`;
}

function literal(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}
