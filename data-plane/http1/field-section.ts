import { fieldNameAt, HASH_START, hashStep } from './field-name-cache.ts';
import { HeaderFields } from './header-fields.ts';
import { COLON, CR, FIELD_VALUE, HTAB, LF, SP, TOKEN } from './tokens.ts';

/**
 * How far a head has been read: start line and the whole field lines found so far, as offsets from the head's first byte.
 * Lets a head that trickles in be read once instead of again from its start at each arrival. Owned by whoever reads
 * the connection; one head at a time.
 */
export class HeadProgress {
  /** Offset of the first line not yet read whole; 0 = nothing read. */
  next = 0;
  /** Field lines read. */
  fields = 0;
  /** Line end of this head: CRLF, or in a lenient reading LF alone throughout. */
  lfOnly = false;
  /** Marks left by the start line's parser. */
  markA = 0;
  markB = 0;
  markC = 0;
  /** Per field: name start, name end, value start, value end, hash of the name. */
  ints: Int32Array = new Int32Array(INTS_PER_FIELD * 40);

  reset(): void {
    this.next = 0;
    this.fields = 0;
    this.lfOnly = false;
    if (this.ints.length > KEPT_INTS) this.ints = new Int32Array(KEPT_INTS);
  }
}

const INTS_PER_FIELD = 5;
/** A head of very many fields does not leave its table behind. */
const KEPT_INTS = INTS_PER_FIELD * 256;

/** What became of a line or section: the first two are no faults. */
export const INCOMPLETE = 0;
export const COMPLETE = 1;
export const LINE_TOO_LONG = 2;
export const TOO_MANY_FIELDS = 3;
export const EMPTY_NAME = 4;
export const NAME_NOT_TOKEN = 5;
export const BAD_VALUE_BYTE = 6;
export const BARE_CR = 7;
export const BARE_LF = 8;
export const FOLDED = 9;
export const SPACE_BEFORE_COLON = 10;
export const NO_COLON = 11;
export const MIXED_LINE_ENDS = 12;

const FAULTS: readonly string[] = [
  'incomplete',
  'complete',
  'a header line is longer than the limit',
  'there are more header fields than the limit',
  'a header line has no name before ":"',
  'a header name holds a byte that is not allowed in a token',
  'a header value holds a control character',
  'a CR stands without its LF',
  'an LF stands without its CR',
  'a header line begins with white space: folded lines are not accepted',
  'white space stands between a header name and its ":"',
  'a header line has no ":"',
  'the head mixes CRLF and LF line ends',
];

/** A fault in words. */
export function faultText(fault: number): string {
  return FAULTS[fault] ?? `fault ${fault}`;
}

/**
 * Reads the field lines of `buffer[start,end)` from `progress.next` up to the empty line, which is consumed as well. Reads left
 * to right and judges a line by its bytes up to the limit only, so how the bytes arrive never changes the outcome.
 *
 * @param maxFields 0 = no limit
 * @returns INCOMPLETE, COMPLETE (then `progress.next` is the section's end), or a fault
 * @source RFC 9112 section 5 (no folding, no space before the colon), 2.2 (line ends)
 */
export function scanFields(
  buffer: Buffer,
  start: number,
  end: number,
  progress: HeadProgress,
  fieldBytes: number,
  maxFields: number,
): number {
  const lfOnly = progress.lfOnly;
  for (;;) {
    const line = start + progress.next;
    const stop = Math.min(end, line + fieldBytes + 1);
    let i = line;
    let hash = HASH_START;
    let byte = 0;
    while (i < stop) {
      byte = buffer[i] as number;
      if (TOKEN[byte] !== 1) break;
      hash = hashStep(hash, byte);
      i++;
    }
    if (i === stop) return i - line > fieldBytes ? LINE_TOO_LONG : INCOMPLETE;
    if (i === line) {
      const outcome = lineEndAt(buffer, i, end, lfOnly);
      if (outcome === COMPLETE) progress.next = i - start + (lfOnly ? 1 : 2);
      return outcome === NOT_A_LINE_END ? faultOfName(byte, true) : outcome;
    }
    if (maxFields !== 0 && progress.fields >= maxFields) return TOO_MANY_FIELDS;
    if (byte !== COLON) return faultOfName(byte, false);
    const nameEnd = i++;

    while (i < stop && (buffer[i] === SP || buffer[i] === HTAB)) i++;
    const valueStart = i;
    while (i < stop && FIELD_VALUE[buffer[i] as number] === 1) i++;
    if (i === stop) return i - line > fieldBytes ? LINE_TOO_LONG : INCOMPLETE;
    const outcome = lineEndAt(buffer, i, end, lfOnly);
    if (outcome !== COMPLETE) return outcome === NOT_A_LINE_END ? BAD_VALUE_BYTE : outcome;
    let valueEnd = i;
    while (valueEnd > valueStart && (buffer[valueEnd - 1] === SP || buffer[valueEnd - 1] === HTAB)) valueEnd--;

    record(progress, line - start, nameEnd - start, valueStart - start, valueEnd - start, hash);
    progress.next = i - start + (lfOnly ? 1 : 2);
  }
}

/** Neither CR nor LF; only between the functions of this layer. */
export const NOT_A_LINE_END = -1;

/** COMPLETE if a line end stands at `i`, INCOMPLETE if its LF is still to come, a fault, or NOT_A_LINE_END. */
export function lineEndAt(buffer: Buffer, i: number, end: number, lfOnly: boolean): number {
  const byte = buffer[i];
  if (byte === CR) {
    if (lfOnly) return MIXED_LINE_ENDS;
    if (i + 1 === end) return INCOMPLETE;
    return buffer[i + 1] === LF ? COMPLETE : BARE_CR;
  }
  if (byte === LF) return lfOnly ? COMPLETE : BARE_LF;
  return NOT_A_LINE_END;
}

/**
 * The fields that `scanFields` found.
 *
 * @param text `buffer` from `start`, as latin1, at least up to `progress.next`
 */
export function fieldsOf(buffer: Buffer, start: number, text: string, progress: HeadProgress): HeaderFields {
  const fields = new HeaderFields();
  const ints = progress.ints;
  for (let f = 0, at = 0; f < progress.fields; f++, at += INTS_PER_FIELD) {
    const nameStart = ints[at] as number;
    const nameEnd = ints[at + 1] as number;
    const name = fieldNameAt(buffer, start + nameStart, start + nameEnd, ints[at + 4] as number);
    fields.add(name.name, name.lower, text.substring(ints[at + 2] as number, ints[at + 3] as number));
  }
  return fields;
}

function record(
  progress: HeadProgress,
  nameStart: number,
  nameEnd: number,
  valueStart: number,
  valueEnd: number,
  hash: number,
) {
  const at = progress.fields * INTS_PER_FIELD;
  if (at === progress.ints.length) {
    const grown = new Int32Array(at * 2);
    grown.set(progress.ints);
    progress.ints = grown;
  }
  const ints = progress.ints;
  ints[at] = nameStart;
  ints[at + 1] = nameEnd;
  ints[at + 2] = valueStart;
  ints[at + 3] = valueEnd;
  ints[at + 4] = hash;
  progress.fields++;
}

function faultOfName(byte: number, first: boolean): number {
  if (byte === SP || byte === HTAB) return first ? FOLDED : SPACE_BEFORE_COLON;
  if (byte === COLON) return EMPTY_NAME;
  if (byte === CR || byte === LF) return NO_COLON;
  return NAME_NOT_TOKEN;
}
