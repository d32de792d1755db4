/**
 * A worker's status as a set of bits, as httpd keeps it in shared memory (mod_proxy.h, `PROXY_WORKER_*`). The scoreboard
 * stores exactly this number.
 */
export const WorkerStatus = {
  /** `O` Initialised. Set when the worker has its scoreboard slot. */
  INITIALIZED: 0x0001,
  /** `I` Ignore errors: never put into the error state. */
  IGNORE_ERRORS: 0x0002,
  /** `N` Draining: only requests whose session route names it. */
  DRAIN: 0x0004,
  /** `D` Disabled. */
  DISABLED: 0x0020,
  /** `S` Stopped: also no health checks and no retry. */
  STOPPED: 0x0040,
  /** `E` In error state, timed by `retry`. */
  IN_ERROR: 0x0080,
  /** `H` Hot standby. */
  HOT_STANDBY: 0x0100,
  /** `C` Failed its health check. */
  HC_FAIL: 0x0200,
  /** `R` Hot spare. */
  HOT_SPARE: 0x0800,
  /** Ours, no letter: the fleet's verdict takes it out on this node. httpd uses none of the bits from here on. */
  FLEET_DOWN: 0x10000,
} as const;

/** Bits that take a worker out of service. */
export const NOT_USABLE =
  WorkerStatus.DISABLED | WorkerStatus.STOPPED | WorkerStatus.IN_ERROR | WorkerStatus.HC_FAIL | WorkerStatus.FLEET_DOWN;

/** Bits a node sets and clears by itself while it serves; everything else is the operator's. */
export const RUNTIME_BITS =
  WorkerStatus.INITIALIZED | WorkerStatus.IN_ERROR | WorkerStatus.HC_FAIL | WorkerStatus.FLEET_DOWN;

/** Usable: initialised, and neither disabled, stopped, in error nor failed by health checks (PROXY_WORKER_IS_USABLE). */
export function isUsable(status: number): boolean {
  return (status & NOT_USABLE) === 0 && (status & WorkerStatus.INITIALIZED) !== 0;
}

/** The letters of `status=`, in httpd's display order. */
export type StatusLetter = 'I' | 'N' | 'D' | 'S' | 'E' | 'H' | 'R' | 'C';

const LETTERS: readonly { letter: StatusLetter; bit: number; word: string }[] = [
  { letter: 'I', bit: WorkerStatus.IGNORE_ERRORS, word: 'Ign' },
  { letter: 'N', bit: WorkerStatus.DRAIN, word: 'Drn' },
  { letter: 'D', bit: WorkerStatus.DISABLED, word: 'Dis' },
  { letter: 'S', bit: WorkerStatus.STOPPED, word: 'Stop' },
  { letter: 'E', bit: WorkerStatus.IN_ERROR, word: 'Err' },
  { letter: 'H', bit: WorkerStatus.HOT_STANDBY, word: 'Stby' },
  { letter: 'R', bit: WorkerStatus.HOT_SPARE, word: 'Spar' },
  { letter: 'C', bit: WorkerStatus.HC_FAIL, word: 'HcFl' },
];

/** The status as httpd's words in httpd's order, e.g. `Init Err Stby` or `Init Ok`. */
export function statusWords(status: number): string {
  const words = LETTERS.filter(({ bit }) => status & bit).map(({ word }) => word);
  if (status & WorkerStatus.INITIALIZED) words.unshift('Init');
  if (status & WorkerStatus.FLEET_DOWN) words.push('Down');
  if (isUsable(status)) words.push('Ok');
  return words.join(' ');
}

/** The status as letters in display order, e.g. `DH`; the canonical form in definitions. */
export function statusLetters(status: number): string {
  return LETTERS.filter(({ bit }) => status & bit)
    .map(({ letter }) => letter)
    .join('');
}

/** A change of flags: bits to set and bits to clear. */
export type StatusChange = { readonly set: number; readonly clear: number };

/**
 * Reads `status=` text: letters in a row, `+` or `-` switching to set or clear for all that follow, start mode set.
 *
 * @returns the change, or what is wrong with the text
 * @source BalancerMember `status=` (proxy_util.c:ap_proxy_set_wstatus)
 */
export function parseStatus(text: string): StatusChange | { readonly error: string } {
  let set = 0;
  let clear = 0;
  let mode: '+' | '-' = '+';
  let letters = 0;
  for (const char of text) {
    if (char === '+' || char === '-') {
      mode = char;
      continue;
    }
    const known = LETTERS.find(({ letter }) => letter === char.toUpperCase());
    if (known === undefined) return { error: `unknown status flag "${char}"; flags are D S I R H E N C with + or -` };
    letters++;
    if (mode === '+') {
      set |= known.bit;
      clear &= ~known.bit;
    } else {
      clear |= known.bit;
      set &= ~known.bit;
    }
  }
  if (letters === 0) return { error: 'no status flag given; flags are D S I R H E N C with + or -' };
  return { set, clear };
}

/** Applies a change of flags. */
export function applyStatus(status: number, change: StatusChange): number {
  return (status & ~change.clear) | change.set;
}
