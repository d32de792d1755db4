import { HeaderFields } from './header-fields.ts';
import { type ChunkedLimits, DEFAULT_CHUNKED_LIMITS } from './limits.ts';
import {
  BACKSLASH,
  CR,
  EQUALS,
  FIELD_VALUE,
  HEX_VALUE,
  LF,
  QUOTE,
  QUOTED_TEXT,
  SEMICOLON,
  showByte,
  TOKEN,
} from './tokens.ts';
import { TrailerReader } from './trailers.ts';

/** 13 digits are 52 bits: any size adds up exactly. */
const MAX_SIZE_DIGITS = 13;

/** What the next byte belongs to. */
const SIZE = 0;
const EXT_NAME = 1;
const EXT_VALUE_START = 2;
const EXT_TOKEN = 3;
const EXT_QUOTED = 4;
const EXT_ESCAPED = 5;
const EXT_END = 6;
const SIZE_LF = 7;
const DATA = 8;
const DATA_CR = 9;
const DATA_LF = 10;
const TRAILERS = 11;
const ENDED = 12;

/**
 * Decodes one chunked body at a time, from pieces of any size, without copying: data is reported as ranges of the input.
 * Strict: 1 to 13 hex digits, no white space, CRLF only, extensions as the grammar has them without BWS, and bounded.
 * Owned by one connection; `reset` before each further body.
 *
 * @source RFC 9112 section 7.1; RFC 9110 section 6.5 (trailers)
 */
export class ChunkedDecoder {
  /** The body has ended well, trailers included. */
  done = false;
  /** Why the body is refused; where it would have ended is unknown, so the connection must be closed. */
  error: string | undefined = undefined;
  /** Trailer fields, without those that must not come as trailers; complete when `done`. */
  trailers: HeaderFields = NO_TRAILERS;
  /** Bytes of data reported so far. */
  bodyBytes = 0;

  #state = SIZE;
  #digits = 0;
  /** While in SIZE the size so far; after that, data bytes of the chunk still to come. */
  #remaining = 0;
  #lastChunk = false;
  #extensionBytes = 0;
  #totalExtensionBytes = 0;
  /** Bytes of the extension's current name or token. */
  #partBytes = 0;
  #limits: ChunkedLimits;
  #trailerReader: TrailerReader | undefined = undefined;

  constructor(limits: Partial<ChunkedLimits> = {}) {
    this.#limits = { ...DEFAULT_CHUNKED_LIMITS, ...limits };
  }

  /** Makes ready for the next body, with the same limits unless others are given. */
  reset(limits?: Partial<ChunkedLimits>): void {
    this.done = false;
    this.error = undefined;
    this.trailers = NO_TRAILERS;
    this.bodyBytes = 0;
    this.#state = SIZE;
    this.#digits = 0;
    this.#remaining = 0;
    this.#lastChunk = false;
    this.#totalExtensionBytes = 0;
    this.#trailerReader = undefined;
    if (limits !== undefined) this.#limits = { ...DEFAULT_CHUNKED_LIMITS, ...limits };
  }

  /**
   * Feeds `buffer[start,end)`; `onData` gets each run of data in it, as offsets into `buffer`.
   *
   * @returns offset after the last byte consumed: `end`, or less once `done` (the rest belongs to the next message) or `error`
   */
  decode(buffer: Buffer, start: number, end: number, onData: (from: number, to: number) => void): number {
    let i = start;
    while (i < end && this.#state !== ENDED) {
      if (this.#state === DATA) {
        const to = Math.min(end, i + this.#remaining);
        this.#remaining -= to - i;
        this.bodyBytes += to - i;
        if (this.#remaining === 0) this.#state = DATA_CR;
        onData(i, to);
        i = to;
      } else if (this.#state === TRAILERS) {
        i = this.#readTrailers(buffer, i, end);
      } else {
        if (!this.#framing(buffer[i] as number)) return i;
        i++;
      }
    }
    return i;
  }

  /** Takes one byte between runs of data; false if it is refused. */
  #framing(byte: number): boolean {
    switch (this.#state) {
      case SIZE:
        return this.#sizeByte(byte);
      case SIZE_LF:
        if (byte !== LF) return this.#refuse(`a chunk size line has CR followed by ${showByte(byte)}`);
        this.#state = this.#lastChunk ? TRAILERS : DATA;
        return true;
      case DATA_CR:
        if (byte !== CR) return this.#refuse(`chunk data is followed by ${showByte(byte)}, not by CRLF`);
        this.#state = DATA_LF;
        return true;
      case DATA_LF:
        if (byte !== LF) return this.#refuse(`chunk data is followed by CR and ${showByte(byte)}, not by CRLF`);
        this.#state = SIZE;
        this.#digits = 0;
        return true;
      default:
        return this.#extensionByte(byte);
    }
  }

  #sizeByte(byte: number): boolean {
    const value = HEX_VALUE[byte] as number;
    if (value !== 255) {
      if (this.#digits === MAX_SIZE_DIGITS) {
        return this.#refuse(`a chunk size has more than ${MAX_SIZE_DIGITS} digits`);
      }
      this.#remaining = this.#digits === 0 ? value : this.#remaining * 16 + value;
      this.#digits++;
      return true;
    }
    if (this.#digits === 0) return this.#refuse(`a chunk begins with ${showByte(byte)}, not with its size`);
    this.#extensionBytes = 0;
    if (byte === SEMICOLON) return this.#startExtension();
    if (byte !== CR) return this.#refuse(`a chunk size is followed by ${showByte(byte)}`);
    return this.#endSizeLine();
  }

  /** chunk-ext = *( ";" token [ "=" ( token / quoted-string ) ] ); the names and values themselves mean nothing here. */
  #extensionByte(byte: number): boolean {
    if (byte === CR && this.#mayEndExtension()) return this.#endSizeLine();
    if (!this.#countExtensionByte()) return false;
    const state = this.#state;
    if (state === EXT_QUOTED) {
      if (byte === QUOTE) this.#state = EXT_END;
      else if (byte === BACKSLASH) this.#state = EXT_ESCAPED;
      else if (QUOTED_TEXT[byte] !== 1) return this.#refuseInExtension(byte);
      return true;
    }
    if (state === EXT_ESCAPED) {
      if (FIELD_VALUE[byte] !== 1) return this.#refuseInExtension(byte);
      this.#state = EXT_QUOTED;
      return true;
    }
    if (state === EXT_VALUE_START && byte === QUOTE) {
      this.#state = EXT_QUOTED;
      return true;
    }
    if (state !== EXT_END && TOKEN[byte] === 1) {
      if (state === EXT_VALUE_START) this.#state = EXT_TOKEN;
      this.#partBytes++;
      return true;
    }
    if (byte === SEMICOLON && this.#mayEndExtension()) {
      this.#state = EXT_NAME;
      this.#partBytes = 0;
      return true;
    }
    if (byte === EQUALS && state === EXT_NAME && this.#partBytes > 0) {
      this.#state = EXT_VALUE_START;
      return true;
    }
    return this.#refuseInExtension(byte);
  }

  #startExtension(): boolean {
    this.#state = EXT_NAME;
    this.#partBytes = 0;
    return this.#countExtensionByte();
  }

  #mayEndExtension(): boolean {
    return this.#state === EXT_END || this.#state === EXT_TOKEN || (this.#state === EXT_NAME && this.#partBytes > 0);
  }

  #countExtensionByte(): boolean {
    this.#extensionBytes++;
    this.#totalExtensionBytes++;
    if (this.#extensionBytes > this.#limits.maxExtensionBytes) {
      return this.#refuse(`a chunk extension is longer than ${this.#limits.maxExtensionBytes} bytes`);
    }
    if (this.#totalExtensionBytes > this.#limits.maxTotalExtensionBytes) {
      return this.#refuse(`the chunk extensions are longer than ${this.#limits.maxTotalExtensionBytes} bytes together`);
    }
    return true;
  }

  #endSizeLine(): boolean {
    this.#lastChunk = this.#remaining === 0;
    this.#state = SIZE_LF;
    return true;
  }

  #readTrailers(buffer: Buffer, start: number, end: number): number {
    // Nearly every body ends in an empty trailer section that has come whole.
    if (this.#trailerReader === undefined && end - start >= 2 && buffer[start] === CR && buffer[start + 1] === LF) {
      this.#finish();
      return start + 2;
    }
    this.#trailerReader ??= new TrailerReader(this.#limits);
    const reader = this.#trailerReader;
    const next = reader.read(buffer, start, end);
    if (reader.error !== undefined) this.#refuse(reader.error);
    if (reader.fields !== undefined) {
      this.trailers = reader.fields;
      this.#finish();
    }
    return next;
  }

  #finish(): void {
    this.#state = ENDED;
    this.done = true;
    this.#trailerReader = undefined;
  }

  #refuseInExtension(byte: number): boolean {
    return this.#refuse(`a chunk extension holds ${showByte(byte)} where the grammar has no place for it`);
  }

  #refuse(error: string): boolean {
    this.#state = ENDED;
    this.error = error;
    this.#trailerReader = undefined;
    return false;
  }
}

/** Shared by all bodies without trailers; nobody adds to it. */
const NO_TRAILERS = new HeaderFields();
