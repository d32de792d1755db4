import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/**
 * What a backend process counted, in a file that the processes share through the page cache: each count is written before the
 * next thing happens, and a killed process takes nothing with it.
 */
export type Counts = {
  /** Requests received to the last byte of their body. */
  readonly received: number;
  /** Answers whose last byte the kernel has taken. */
  readonly answered: number;
  /** Uploads whose content was not what its checksum said. */
  readonly corrupt: number;
  /** Bytes of the requests received: heads and bodies, chunk framing left out. */
  readonly bytesIn: number;
  /** Bytes of the bodies answered, chunk framing left out. */
  readonly bodyOut: number;
};

const FIELDS = ['received', 'answered', 'corrupt', 'bytesIn', 'bodyOut'] as const;

/** Owned by the one process that counts; goes on where the process before it was killed. */
export class LedgerWriter {
  readonly #fd: number;
  readonly #counts: BigInt64Array;

  constructor(path: string) {
    this.#fd = openSync(path, 'r+');
    this.#counts = new BigInt64Array(FIELDS.length);
    readSync(this.#fd, this.#counts, 0, this.#counts.byteLength, 0);
  }

  add(field: (typeof FIELDS)[number], amount = 1): void {
    const index = FIELDS.indexOf(field);
    this.#counts[index] = (this.#counts[index] ?? 0n) + BigInt(amount);
    writeSync(this.#fd, this.#counts, index * 8, 8, index * 8);
  }
}

/** Makes an empty ledger. */
export function createLedger(path: string): void {
  const fd = openSync(path, 'w');
  writeSync(fd, new BigInt64Array(FIELDS.length));
  closeSync(fd);
}

/** What has been counted so far. */
export function readLedger(path: string): Counts {
  const fd = openSync(path, 'r');
  const counts = new BigInt64Array(FIELDS.length);
  readSync(fd, counts, 0, counts.byteLength, 0);
  closeSync(fd);
  const [received = 0, answered = 0, corrupt = 0, bytesIn = 0, bodyOut = 0] = [...counts].map(Number);
  return { received, answered, corrupt, bytesIn, bodyOut };
}
