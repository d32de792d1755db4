import type { ByteReader } from './byte-reader.ts';

/** Header lines in their order, names as written. */
export type HeaderLines = readonly (readonly [name: string, value: string])[];

export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' };

/** Every value of a header, in order. */
export function headerValues(headers: HeaderLines, name: string): string[] {
  const wanted = name.toLowerCase();
  return headers.filter(([each]) => each.toLowerCase() === wanted).map(([, value]) => value);
}

/** The values of a header joined as a list, or undefined if there is none. */
export function headerValue(headers: HeaderLines, name: string): string | undefined {
  const values = headerValues(headers, name);
  return values.length === 0 ? undefined : values.join(', ');
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Header lines up to the empty line. @throws at anything RFC 9112 section 5 doesn't allow */
export async function readHeaders(reader: ByteReader, doing: string): Promise<[string, string][]> {
  const headers: [string, string][] = [];
  for (;;) {
    const line = await reader.line(doing);
    if (line === '') return headers;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    if (!TOKEN.test(name)) throw new Error(`bad header line in ${doing}: ${JSON.stringify(line)}`);
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '');
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(value)) throw new Error(`control character in ${doing}: ${JSON.stringify(line)}`);
    headers.push([name, value]);
  }
}

/**
 * How the body of a message is delimited by its headers; what it means for there to be no such header is the caller's.
 *
 * @throws when the message says it two ways (RFC 9112 section 6.3)
 */
export function framingOf(headers: HeaderLines, doing: string): Framing | undefined {
  const lengths = headerValues(headers, 'content-length');
  const codings = headerValues(headers, 'transfer-encoding');
  if (lengths.length > 1 || codings.length > 1 || (lengths.length === 1 && codings.length === 1)) {
    throw new Error(`ambiguous framing in ${doing}: ${JSON.stringify([...lengths, ...codings])}`);
  }
  const [length] = lengths;
  const [coding] = codings;
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') throw new Error(`unknown transfer coding ${coding} in ${doing}`);
    return { kind: 'chunked' };
  }
  if (length === undefined) return undefined;
  if (!/^\d+$/.test(length)) throw new Error(`bad Content-Length ${length} in ${doing}`);
  return { kind: 'length', bytes: Number(length) };
}

/**
 * Reads a body, handing over each piece as it comes.
 *
 * @returns trailers of a chunked body
 * @throws ConnectionEnded when the connection ends before the body does
 */
export async function readBody(
  reader: ByteReader,
  framing: Framing,
  onPiece: (piece: Buffer) => void,
  doing: string,
): Promise<[string, string][]> {
  switch (framing.kind) {
    case 'none':
      return [];
    case 'length':
      await readPieces(reader, framing.bytes, onPiece, doing);
      return [];
    case 'chunked':
      return readChunks(reader, onPiece, doing);
    case 'until-close':
      for (;;) {
        const piece = await reader.some();
        if (piece === undefined) return [];
        onPiece(piece);
      }
  }
}

async function readPieces(reader: ByteReader, bytes: number, onPiece: (piece: Buffer) => void, doing: string) {
  for (let left = bytes; left > 0; ) {
    const piece = await reader.some(left);
    if (piece === undefined) await reader.exactly(left, doing);
    else {
      left -= piece.length;
      onPiece(piece);
    }
  }
}

async function readChunks(reader: ByteReader, onPiece: (piece: Buffer) => void, doing: string) {
  for (;;) {
    const line = await reader.line(doing);
    const size = /^([0-9a-fA-F]{1,12})(?:[ \t]*;.*)?$/.exec(line)?.[1];
    if (size === undefined) throw new Error(`bad chunk size in ${doing}: ${JSON.stringify(line)}`);
    const bytes = Number.parseInt(size, 16);
    if (bytes === 0) return readHeaders(reader, `trailers of ${doing}`);
    await readPieces(reader, bytes, onPiece, doing);
    const end = await reader.line(doing);
    if (end !== '') throw new Error(`chunk not followed by a line end in ${doing}: ${JSON.stringify(end)}`);
  }
}
