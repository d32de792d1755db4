/**
 * Small codecs that put together give a message's: each turns a domain value into what protobufjs encodes, and back. What
 * arrives is never defaulted or cut to fit: a value that is missing, unknown or out of range is refused by name.
 */
export type Codec<T> = {
  toWire(value: T, at: string): unknown;
  /** @param wire never null or undefined */
  fromWire(wire: unknown, at: string): T;
};

/** The message does not say what its type requires; the text names the object and the field. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
  constructor(at: string, problem: string) {
    super(`${at}: ${problem}`);
  }
}

export const text: Codec<string> = {
  toWire(value, at) {
    // UTF-8 has no lone surrogates: one would come back as another character.
    if (!value.isWellFormed()) throw new CodecError(at, `${JSON.stringify(value)} is not well-formed Unicode`);
    return value;
  },
  fromWire: (wire) => wire as string,
};

export const bool: Codec<boolean> = { toWire: (value) => value, fromWire: (wire) => wire as boolean };

/** A finite number. */
export const double: Codec<number> = { toWire: finite, fromWire: (wire, at) => finite(wire as number, at) };

export const uint32 = integerWithin(0, 0xffff_ffff);
export const int32 = integerWithin(-0x8000_0000, 0x7fff_ffff);

/** A 64-bit field that is a number here: refused beyond 2^53. */
export const safeInteger: Codec<number> = {
  toWire(value, at) {
    if (!Number.isSafeInteger(value)) throw new CodecError(at, `${value} is not an integer below 2^53`);
    return toLong(BigInt(value));
  },
  fromWire(wire, at) {
    const value = Number(BigInt.asIntN(64, fromLong(wire)));
    if (!Number.isSafeInteger(value)) throw new CodecError(at, `${value} is not an integer below 2^53`);
    return value;
  },
};

/** `safeInteger` of an unsigned field. */
export const safeUnsigned: Codec<number> = {
  toWire(value, at) {
    if (value < 0) throw new CodecError(at, `${value} is negative`);
    return safeInteger.toWire(value, at);
  },
  fromWire(wire, at) {
    const value = fromLong(wire);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new CodecError(at, `${value} is not an integer below 2^53`);
    return Number(value);
  },
};

/** A counter: 0 to 2^64 - 1. */
export const uint64: Codec<bigint> = {
  toWire(value, at) {
    if (BigInt.asUintN(64, value) !== value) throw new CodecError(at, `${value} is not an unsigned 64-bit integer`);
    return toLong(value);
  },
  fromWire: (wire) => fromLong(wire),
};

export const bytes: Codec<Uint8Array> = {
  toWire: (value) => value,
  // A copy: protobufjs gives a view on the message, which its owner may reuse.
  fromWire: (wire) => new Uint8Array(wire as Uint8Array),
};

/** SHA-256 as lower-case hex; 32 bytes on the wire. */
export const sha256: Codec<string> = {
  toWire(value, at) {
    if (!/^[0-9a-f]{64}$/.test(value)) throw new CodecError(at, `"${value}" is not a SHA-256 in lower-case hex`);
    return Uint8Array.fromHex(value);
  },
  fromWire(wire, at) {
    const { length } = wire as Uint8Array;
    if (length !== 32) throw new CodecError(at, `a SHA-256 has 32 bytes, not ${length}`);
    return new Uint8Array(wire as Uint8Array).toHex();
  },
};

/** Words on this side, the numbers of a proto enum on the wire. */
export function enumeration<T extends string>(numbers: Readonly<Record<T, number>>): Codec<T> {
  const words = new Map(Object.entries<number>(numbers).map(([word, number]) => [number, word as T]));
  return {
    toWire(value, at) {
      const number = numbers[value];
      if (number === undefined)
        throw new CodecError(at, `unknown value "${value}"; known: ${[...words.values()].join(', ')}`);
      return number;
    },
    fromWire(wire, at) {
      const word = words.get(wire as number);
      if (word === undefined) {
        throw new CodecError(
          at,
          `unknown value ${wire}; known: ${[...words.values()].join(', ')} (sent by a newer version?)`,
        );
      }
      return word;
    },
  };
}

export function list<T>(item: Codec<T>): Codec<readonly T[]> {
  return {
    toWire: (values, at) => values.map((value, i) => item.toWire(value, `${at}[${i}]`)),
    fromWire: (wire, at) => (wire as readonly unknown[]).map((value, i) => item.fromWire(value, `${at}[${i}]`)),
  };
}

/** Marks a field that may be absent. */
export function optional<T>(codec: Codec<T>): Optional<T> {
  return { optional: codec };
}

export type Optional<T> = { readonly optional: Codec<T> };

/** One codec per property of T, `optional(…)` exactly for its optional ones: the compiler finds what is forgotten. */
export type Fields<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? Optional<Exclude<T[K], undefined>> : Codec<T[K]>;
};

/**
 * A message whose field names are T's property names.
 *
 * @param kind what errors call it
 * @param id the field that names one of them in errors
 */
export function message<T extends object>(kind: string, fields: Fields<T>, id?: keyof T & string): Codec<T> {
  const entries = Object.entries<Codec<unknown> | Optional<unknown>>(fields as never).map(([name, field]) =>
    'optional' in field ? { name, codec: field.optional, required: false } : { name, codec: field, required: true },
  );

  function convert(direction: 'toWire' | 'fromWire', source: object, at: string): Record<string, unknown> {
    const values = source as Readonly<Record<string, unknown>>;
    const here = `${at === '' ? '' : `${at}: `}${kind}${id === undefined ? '' : ` ${JSON.stringify(values[id] ?? '')}`}`;
    const result: Record<string, unknown> = {};
    for (const { name, codec, required } of entries) {
      const value = values[name];
      if (value !== undefined && value !== null) result[name] = codec[direction](value, `${here}: ${name}`);
      else if (required) throw new CodecError(here, `${name} is missing`);
    }
    return result;
  }

  return {
    toWire: (value, at) => convert('toWire', value, at),
    fromWire: (wire, at) => convert('fromWire', wire as object, at) as T,
  };
}

function integerWithin(min: number, max: number): Codec<number> {
  return {
    toWire(value, at) {
      if (!Number.isInteger(value) || value < min || value > max) {
        throw new CodecError(at, `${value} is not an integer from ${min} to ${max}`);
      }
      return value;
    },
    fromWire: (wire) => wire as number,
  };
}

function finite(value: number, at: string): number {
  if (!Number.isFinite(value)) throw new CodecError(at, `${value} is not a finite number`);
  return value;
}

/** What protobufjs takes and gives for 64-bit fields. */
type LongBits = { readonly low: number; readonly high: number };

function toLong(value: bigint): LongBits {
  return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)) };
}

function fromLong(wire: unknown): bigint {
  const { low, high } = wire as LongBits;
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
