/** A pattern in ECMAScript's words. */
export type TranslatedPattern = { readonly source: string; readonly flags: string };

export type PatternError = { readonly error: string };

type Piece = { readonly source: string; readonly next: number } | PatternError;

/**
 * Writes a PCRE pattern as an ECMAScript one with the same meaning on byte strings, or says what has no equal there.
 * Everything both engines read alike passes through untouched; mistakes in that part are left for RegExp to find.
 */
export function translatePcre(pattern: string): TranslatedPattern | PatternError {
  // httpd compiles with DOTALL and DOLLAR_ENDONLY.
  let flags = 's';
  let at = 0;
  const leading = /^\(\?([imnsxJUX]+)\)/.exec(pattern);
  if (leading !== null) {
    const unknown = [...(leading[1] ?? '')].find((flag) => !'ims'.includes(flag));
    if (unknown !== undefined) return { error: `inline flag "${unknown}" is not supported; i, m and s are` };
    flags = [...new Set(`s${leading[1]}`)].sort().join('');
    at = leading[0].length;
  }
  let source = '';
  let quantifiable = false;
  while (at < pattern.length) {
    const char = pattern.charAt(at);
    const piece = nextPiece(pattern, at);
    if ('error' in piece) return { error: `${piece.error}, at character ${at + 1}` };
    const quantifier = quantifierAt(pattern, at);
    if (quantifier > 0 && quantifiable && pattern.charAt(at + quantifier) === '+') {
      const written = pattern.slice(at, at + quantifier + 1);
      return { error: `possessive quantifier "${written}" is not supported, at character ${at + 1}` };
    }
    quantifiable = quantifier === 0 && char !== '(' && char !== '|' && char !== '^';
    source += quantifier > 0 ? pattern.slice(at, at + quantifier) : piece.source;
    at = quantifier > 0 ? at + quantifier : piece.next;
  }
  return { source, flags };
}

/** Length of the quantifier that begins at `at`, without a `?` or `+` after it; 0 = none there. */
function quantifierAt(pattern: string, at: number): number {
  const char = pattern.charAt(at);
  if (char === '*' || char === '+' || char === '?') return 1;
  if (char !== '{') return 0;
  return /^\{\d+(?:,\d*)?\}/.exec(pattern.slice(at, at + 24))?.[0].length ?? 0;
}

function nextPiece(pattern: string, at: number): Piece {
  const char = pattern.charAt(at);
  if (char === '\\') return escapeSequence(pattern, at, false);
  if (char === '[') return characterClass(pattern, at);
  if (char === '(') return group(pattern, at);
  return { source: char, next: at + 1 };
}

/** ASCII only: in httpd's locale `\s` does not match a byte 0xA0, which ECMAScript's own would. */
const SPACES = '\\t-\\r ';

function escapeSequence(pattern: string, at: number, inClass: boolean): Piece {
  const char = pattern.charAt(at + 1);
  const next = at + 2;
  const set = (members: string): Piece => ({ source: inClass ? members : `[${members}]`, next });
  switch (char) {
    case '':
      return { error: 'a "\\" at the end of the pattern' };
    case 's':
      return set(SPACES);
    case 'h':
      return set('\\t \\xa0');
    case 'v':
      return set('\\n-\\r\\x85');
    case 'S':
      return negated(SPACES, inClass, char, next);
    case 'H':
      return negated('\\t \\xa0', inClass, char, next);
    case 'V':
      return negated('\\n-\\r\\x85', inClass, char, next);
    case 'a':
      return { source: '\\x07', next };
    case 'e':
      return { source: '\\x1b', next };
    case 'x':
      return hexEscape(pattern, at);
    default:
      if (inClass) break;
      if (char === 'A') return { source: '(?<![\\s\\S])', next };
      if (char === 'z') return { source: '(?![\\s\\S])', next };
      if (char === 'Z') return { source: '(?=\\n?(?![\\s\\S]))', next };
      if (char === 'Q') return quoted(pattern, next);
  }
  if (/[a-zA-Z]/.test(char) && !'dDwWbBnrtfck'.includes(char)) {
    return { error: `"\\${char}" is not supported${inClass ? ' in a character class' : ''}` };
  }
  if (char === 'k' && pattern.charAt(next) !== '<') return { error: 'write "\\k<name>" for a named back-reference' };
  return { source: `\\${char}`, next };
}

function negated(members: string, inClass: boolean, char: string, next: number): Piece {
  if (inClass) return { error: `"\\${char}" is not supported in a character class` };
  return { source: `[^${members}]`, next };
}

/** `\xhh` with up to two digits, or `\x{hh}`. */
function hexEscape(pattern: string, at: number): Piece {
  const written = /^\\x(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{0,2}))/.exec(pattern.slice(at, at + 16));
  const digits = written?.[1] ?? written?.[2] ?? '';
  const value = Number.parseInt(digits === '' ? '0' : digits, 16);
  if (value > 0xff) return { error: `"\\x{${digits}}" is not a byte; paths are matched byte by byte` };
  return { source: `\\x${value.toString(16).padStart(2, '0')}`, next: at + (written?.[0].length ?? 2) };
}

/** `\Q…\E`: everything between is literal. */
function quoted(pattern: string, from: number): Piece {
  const end = pattern.indexOf('\\E', from);
  const text = end < 0 ? pattern.slice(from) : pattern.slice(from, end);
  return { source: text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), next: end < 0 ? pattern.length : end + 2 };
}

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: SPACES,
  blank: '\\t ',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
  word: '\\w',
  cntrl: '\\x00-\\x1f\\x7f',
  print: ' -~',
  graph: '!-~',
};

function characterClass(pattern: string, open: number): Piece {
  let at = open + 1;
  let source = '[';
  if (pattern.charAt(at) === '^') {
    source += '^';
    at++;
  }
  // A "]" that comes first is a member; ECMAScript would end the class there.
  for (let first = true; at < pattern.length; first = false) {
    const char = pattern.charAt(at);
    if (char === ']' && !first) return { source: `${source}]`, next: at + 1 };
    if (char === '\\') {
      const piece = escapeSequence(pattern, at, true);
      if ('error' in piece) return piece;
      source += piece.source;
      at = piece.next;
      continue;
    }
    const posix = /^\[([:.=])(\^?)([a-z]*)\1\]/.exec(pattern.slice(at, at + 16));
    if (posix !== null) {
      const members = posix[1] === ':' && posix[2] === '' ? POSIX_CLASSES[posix[3] ?? ''] : undefined;
      if (members === undefined) return { error: `"${posix[0]}" is not supported in a character class` };
      source += members;
      at += posix[0].length;
      continue;
    }
    source += char === ']' || char === '[' ? `\\${char}` : char;
    at++;
  }
  return { error: 'a "[" without its "]"' };
}

function group(pattern: string, open: number): Piece {
  const after = pattern.slice(open + 1, open + 40);
  if (after.startsWith('*')) return { error: 'backtracking verbs "(*…)" are not supported' };
  if (!after.startsWith('?')) return { source: '(', next: open + 1 };
  const named = /^\?P?<([A-Za-z_]\w*)>/.exec(after) ?? /^\?'([A-Za-z_]\w*)'/.exec(after);
  if (named !== null) return { source: `(?<${named[1]}>`, next: open + 1 + named[0].length };
  const plain = /^\?(?::|=|!|<=|<!)/.exec(after);
  if (plain !== null) return { source: `(${plain[0]}`, next: open + 1 + plain[0].length };
  if (after.startsWith('?#')) {
    const end = pattern.indexOf(')', open);
    return end < 0 ? { error: 'a comment without its ")"' } : { source: '', next: end + 1 };
  }
  const back = /^\?P=(\w+)\)/.exec(after);
  if (back !== null) return { source: `\\k<${back[1]}>`, next: open + 1 + back[0].length };
  const scoped = /^\?([ims]*(?:-[ims]+)?):/.exec(after);
  if (scoped !== null) return { source: `(${scoped[0]}`, next: open + 1 + scoped[0].length };
  return { error: `"(${nameOfConstruct(after)}" is not supported` };
}

function nameOfConstruct(after: string): string {
  if (/^\?(?:R\)|&|P>|[+-]?\d)/.test(after)) return `${after.slice(0, 3)} (recursion)`;
  if (/^\?[a-zA-Z-]+\)/.test(after)) return `${after.slice(0, after.indexOf(')') + 1)} after the start of the pattern`;
  if (after.startsWith('?>')) return '?> (atomic group)';
  if (after.startsWith('?|')) return '?| (branch reset)';
  if (after.startsWith('?(')) return '?( (condition)';
  return after.slice(0, 2);
}
