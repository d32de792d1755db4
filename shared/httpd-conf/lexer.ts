import type { Position } from './diagnostic.ts';

/** A line of configuration after joining lines that end in a backslash; no blank lines and no comments. */
export type LogicalLine = {
  readonly file: string;
  /** Without white space at either end. */
  readonly text: string;
  /** Where pieces of `text` come from: offsets ascending, the first 0. */
  readonly pieces: readonly Piece[];
};

/** `text` from `offset` on was written at this place; with `fixed`, all of it stands for that one place. */
export type Piece = {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  readonly fixed?: boolean;
};

/** A word after unquoting, and where it was written. */
export type Word = Position & {
  readonly value: string;
  readonly quoted: boolean;
  /** It began with a quote that never ended. */
  readonly unterminated: boolean;
};

/** httpd's idea of white space (apr_isspace in the C locale). */
const SPACE = /[ \t\n\v\f\r]/;

/**
 * Splits a file into logical lines.
 *
 * @source util.c:ap_cfg_getline_core: a backslash directly before the line end joins the next line, also in a comment
 */
export function* logicalLines(text: string, file: string): Generator<LogicalLine> {
  let start = text.startsWith('\ufeff') ? 1 : 0;
  let lineNumber = 0;
  let joined = '';
  let pieces: Piece[] = [];
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    let raw = text.slice(start, end);
    if (raw.endsWith('\r')) raw = raw.slice(0, -1);
    start = end + 1;
    lineNumber++;
    const continued = raw.endsWith('\\') && newline >= 0;
    pieces.push({ offset: joined.length, line: lineNumber, column: 1 });
    joined += continued ? raw.slice(0, -1) : raw;
    if (continued && start < text.length) continue;
    const line = trimmed(joined, file, pieces);
    if (line !== undefined) yield line;
    joined = '';
    pieces = [];
  }
}

function trimmed(text: string, file: string, pieces: readonly Piece[]): LogicalLine | undefined {
  let from = 0;
  let to = text.length;
  while (from < to && isSpace(text, from)) from++;
  while (to > from && isSpace(text, to - 1)) to--;
  if (from === to || text[from] === '#') return undefined;
  const first = placeOf(pieces, from);
  const rest = pieces.filter(({ offset }) => offset > from).map((piece) => ({ ...piece, offset: piece.offset - from }));
  return { file, text: text.slice(from, to), pieces: [{ offset: 0, ...first }, ...rest] };
}

/** Where a character of the line was written. */
export function positionAt(line: LogicalLine, offset: number): Position {
  return { file: line.file, ...placeOf(line.pieces, offset) };
}

function placeOf(pieces: readonly Piece[], offset: number): { readonly line: number; readonly column: number } {
  let place: Piece = pieces[0] ?? { offset: 0, line: 1, column: 1 };
  for (const piece of pieces) {
    if (piece.offset > offset) break;
    place = piece;
  }
  return { line: place.line, column: place.fixed === true ? place.column : place.column + (offset - place.offset) };
}

/**
 * Takes the next word from `offset` on.
 *
 * @returns the word and the offset of what follows it, or undefined at the end of the line
 * @source util.c:ap_getword_conf
 */
export function nextWord(
  line: LogicalLine,
  offset: number,
  end = line.text.length,
): { word: Word; next: number } | undefined {
  const { text } = line;
  let at = skipSpace(text, offset, end);
  if (at >= end) return undefined;
  const start = at;
  const quote = text[at] === '"' || text[at] === "'" ? text[at] : undefined;
  let value: string;
  let unterminated = false;
  if (quote === undefined) {
    while (at < end && !isSpace(text, at)) at++;
    value = unescaped(text.slice(start, at), undefined);
  } else {
    at++;
    while (at < end && text[at] !== quote) at += isEscape(text, at, end, quote) ? 2 : 1;
    value = unescaped(text.slice(start + 1, at), quote);
    unterminated = at >= end;
    at++;
  }
  const word = { ...positionAt(line, start), value, quoted: quote !== undefined, unterminated };
  return { word, next: skipSpace(text, Math.min(at, end), end) };
}

/** All words of the line from `offset` on. */
export function words(line: LogicalLine, offset: number, end = line.text.length): readonly Word[] {
  const found: Word[] = [];
  for (let taken = nextWord(line, offset, end); taken !== undefined; taken = nextWord(line, taken.next, end)) {
    found.push(taken.word);
  }
  return found;
}

function isEscape(text: string, at: number, end: number, quote: string): boolean {
  return text[at] === '\\' && at + 1 < end && (text[at + 1] === quote || text[at + 1] === '\\');
}

/** Removes the backslash from an escaped backslash or quote; every other backslash is kept. */
function unescaped(text: string, quote: string | undefined): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(.)/gs, (pair, char: string) => (char === '\\' || char === quote ? char : pair));
}

function isSpace(text: string, at: number): boolean {
  return SPACE.test(text.charAt(at));
}

function skipSpace(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && isSpace(text, at)) at++;
  return at;
}
