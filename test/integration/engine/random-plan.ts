import { pattern } from '#test/support/engine-bed.ts';

/** Numbers from 0 to below 1 that a seed repeats (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function pick<T>(random: () => number, choices: readonly T[]): T {
  const choice = choices[Math.floor(random() * choices.length)];
  if (choice === undefined) throw new Error('nothing to choose from');
  return choice;
}

/** What client and backend do in one exchange. Both know it: the request's target holds its number. */
export type Plan = {
  readonly number: number;
  readonly version: 'HTTP/1.0' | 'HTTP/1.1';
  readonly keepAlive: boolean;
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly requestFraming: 'none' | 'length' | 'chunked';
  readonly requestBytes: number;
  readonly expect: boolean;
  /** How the client behaves: drops the connection in its request or in the answer, ends its sending side, or reads late. */
  readonly client: 'plain' | 'drop-request' | 'drop-answer' | 'half-close' | 'late';
  /** The backend reads the request first, or answers at once; `early-end` closes after that. */
  readonly order: 'after' | 'early' | 'early-end';
  readonly interim: boolean;
  readonly status: 200 | 204 | 304;
  readonly answerFraming: 'length' | 'chunked' | 'close';
  readonly answerBytes: number;
  /** Where the backend breaks off: nowhere, before its answer, or in the body, in order or with a reset. */
  readonly breaks: 'no' | 'before' | 'end' | 'reset';
};

/** @param tame nothing breaks off and no body is sent: what can be pipelined */
export function planOf(seed: number, number: number, tame: boolean): Plan {
  const random = randomOf(seed * 100_003 + number);
  const version = random() < 0.8 ? 'HTTP/1.1' : 'HTTP/1.0';
  const framings = version === 'HTTP/1.1' ? (['length', 'chunked'] as const) : (['length'] as const);
  const method = tame ? 'GET' : pick(random, ['GET', 'GET', 'HEAD', 'POST', 'POST', 'POST'] as const);
  const requestFraming = method === 'POST' ? pick(random, framings) : 'none';
  const requestBytes = requestFraming === 'none' ? 0 : size(random);
  const answerFraming = pick(random, ['length', 'length', 'chunked', 'chunked', 'close'] as const);
  const status = pick(random, [200, 200, 200, 200, 200, 200, 204, 304] as const);
  const bodiless = status !== 200 || method === 'HEAD';
  const answerBytes = size(random);
  const inBody =
    bodiless || answerBytes < 2 ? 'no' : answerFraming === 'close' ? 'reset' : pick(random, ['end', 'reset'] as const);
  return {
    number,
    version: tame ? 'HTTP/1.1' : version,
    keepAlive: tame || random() < 0.8,
    method,
    requestFraming,
    requestBytes,
    expect: version === 'HTTP/1.1' && requestBytes > 0 && random() < 0.15,
    client: tame
      ? 'plain'
      : pick(random, ['plain', 'plain', 'plain', 'plain', 'drop-request', 'drop-answer', 'half-close', 'late', 'late']),
    order: tame ? 'after' : pick(random, ['after', 'after', 'after', 'after', 'after', 'after', 'early', 'early-end']),
    interim: random() < 0.1,
    status,
    answerFraming,
    answerBytes,
    breaks: tame || random() < 0.8 ? 'no' : pick(random, ['before', inBody] as const),
  };
}

/** Whether an answer has no body whatever its head says. */
export function isBodiless({ status, method }: Plan): boolean {
  return status !== 200 || method === 'HEAD';
}

function size(random: () => number): number {
  const scale = pick(random, [1, 10, 3_000, 20_000, 70_000, 400_000]);
  return Math.floor(random() * scale);
}

const BYTES = pattern(1_000_000);

/** The body that belongs to a number: no two numbers nearby have the same. */
export function bodyOf(number: number, bytes: number): Buffer {
  const from = ((number * 7919) % 500_000) + 1;
  return BYTES.subarray(from, from + bytes);
}

/** Cuts bytes into pieces of random sizes, most of them large. */
export function cut(random: () => number, bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + Math.floor(random() * pick(random, [3, 100, 20_000, 100_000, 1_000_000]));
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

/** A chunked body in chunks of random sizes. */
export function chunksOf(random: () => number, bytes: Buffer): Buffer {
  const chunks = cut(random, bytes).flatMap((piece) => [
    Buffer.from(`${piece.length.toString(16)}\r\n`),
    piece,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]);
}
