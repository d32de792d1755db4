const INITIAL_BYTES = 4096;

/**
 * Bytes received and not yet consumed. Appending is amortised: a peer that sends byte by byte costs no more than one
 * that sends all at once. Views stay valid, since what was consumed is never written over.
 */
export class Stash {
  #memory: Buffer | undefined;
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Appends a copy of buffer[from, to). */
  append(buffer: Buffer, from = 0, to = buffer.length): void {
    const added = to - from;
    if (added === 0) return;
    if (this.#memory === undefined || this.#end + added > this.#memory.length) {
      const length = this.length;
      const grown = Buffer.allocUnsafeSlow(Math.max(INITIAL_BYTES, 2 * (length + added)));
      this.#memory?.copy(grown, 0, this.#start, this.#end);
      this.#memory = grown;
      this.#start = 0;
      this.#end = length;
    }
    buffer.copy(this.#memory, this.#end, from, to);
    this.#end += added;
  }

  view(): Buffer {
    return this.#memory?.subarray(this.#start, this.#end) ?? Buffer.alloc(0);
  }

  /** Drops the first `bytes`. */
  consume(bytes: number): void {
    this.#start += bytes;
    if (this.#start >= this.#end) this.clear();
  }

  clear(): void {
    this.#memory = undefined;
    this.#start = 0;
    this.#end = 0;
  }
}
