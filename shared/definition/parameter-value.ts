/** What became of a value's text. */
export type ParsedValue<T> =
  | { readonly ok: true; readonly value: T; readonly warning?: string }
  | { readonly ok: false; readonly error: string };

/** How the values of a parameter are written and read. `print` of what `parse` gave reads as the same value. */
export type ValueType<T> = {
  /** For people: `1..100`, `On or Off`. */
  readonly range: string;
  /** Unit of a bare number. */
  readonly unit?: 'ms' | 's' | 'bytes';
  readonly parse: (text: string) => ParsedValue<T>;
  readonly print: (value: T) => string;
};

/** The longest time there is: 2^31-1 seconds. */
const MAX_MS = 2_147_483_647_000;

/** Numbers of httpd's `int` parameters end here. */
const MAX_INT = 2_147_483_647;

/** On or Off, in any letter case. */
export const flag: ValueType<boolean> = {
  range: 'On or Off',
  parse: (text) => {
    const lower = text.toLowerCase();
    return lower === 'on' || lower === 'off' ? accepted(lower === 'on') : refused('must be On or Off');
  },
  print: (on) => (on ? 'On' : 'Off'),
};

/** A whole number. httpd takes leading digits and drops the rest; here the rest is a mistake. */
export function integer(options: {
  readonly min: number;
  readonly max?: number;
  readonly unit?: 'bytes';
}): ValueType<number> {
  const { min, max = MAX_INT, unit } = options;
  const range = max === MAX_INT ? `${min} or more` : `${min}..${max}`;
  return {
    range,
    ...(unit === undefined ? {} : { unit }),
    parse: (text) => {
      const value = Number(text);
      const whole = /^[+-]?\d+$/.test(text);
      return whole && value >= min && value <= max ? accepted(value + 0) : refused(`must be a whole number, ${range}`);
    },
    print: String,
  };
}

/** A size of a buffer: 0 for the system's own choice, else at least 512 bytes. */
export const bufferBytes: ValueType<number> = {
  range: '0, or 512 or more',
  unit: 'bytes',
  parse: (text) => {
    const parsed = integer({ min: 0 }).parse(text);
    return parsed.ok && (parsed.value === 0 || parsed.value >= 512)
      ? parsed
      : refused('must be 0, or a whole number of bytes, 512 or more');
  },
  print: String,
};

const UNIT_MS = { ms: 1, s: 1_000, mi: 60_000, min: 60_000, h: 3_600_000 } as const;

/**
 * A time with an optional unit `ms`, `s`, `mi`, `min` or `h`; the value is milliseconds.
 *
 * @source util.c:ap_timeout_parameter_parse
 */
export function duration(options: {
  readonly unit: 'ms' | 's';
  readonly minMs: number;
  readonly maxMs?: number;
}): ValueType<number> {
  const { unit, minMs, maxMs = MAX_MS } = options;
  const upper = maxMs === MAX_MS ? ' or more' : `..${printMs(maxMs)}`;
  const range = `${printMs(minMs)}${upper}`;
  return {
    range,
    unit,
    parse: (text) => {
      const [, digits, given = unit] = /^(\d+)(ms|s|mi|min|h)?$/i.exec(text) ?? [];
      const value = Number(digits) * UNIT_MS[given.toLowerCase() as keyof typeof UNIT_MS];
      return digits !== undefined && value >= minMs && value <= maxMs
        ? accepted(value)
        : refused(`must be a time, ${range}: a whole number with unit ms, s, min or h (none means ${unit})`);
    },
    print: (ms) => (unit === 'ms' ? String(ms) : ms % 1_000 === 0 ? String(ms / 1_000) : `${ms}ms`),
  };
}

/** A bare number of seconds; the value is milliseconds. */
export function seconds(options: { readonly min: number }): ValueType<number> {
  const whole = integer(options);
  return {
    range: whole.range,
    unit: 's',
    parse: (text) => {
      const parsed = whole.parse(text);
      return parsed.ok
        ? accepted(parsed.value * 1_000)
        : refused(`must be a whole number of seconds without a unit, ${whole.range}`);
    },
    print: (ms) => String(Math.ceil(ms / 1_000)),
  };
}

/** Any text of at most so many bytes (UTF-8) without control characters. */
export function text(options: { readonly maxBytes: number }): ValueType<string> {
  const { maxBytes } = options;
  return {
    range: `up to ${maxBytes} bytes`,
    parse: (value) => {
      const bytes = Buffer.byteLength(value);
      if (bytes > maxBytes) return refused(`has ${bytes} bytes; at most ${maxBytes} are allowed`);
      return /[\u0000-\u001f\u007f]/.test(value) ? refused('must not contain control characters') : accepted(value);
    },
    print: (value) => value,
  };
}

/** Wraps a value that was read. */
export function accepted<T>(value: T, warning?: string): ParsedValue<T> {
  return warning === undefined ? { ok: true, value } : { ok: true, value, warning };
}

/** Says what is wrong, as the end of a sentence that begins with the parameter's name. */
export function refused(error: string): { readonly ok: false; readonly error: string } {
  return { ok: false, error };
}

function printMs(ms: number): string {
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}
