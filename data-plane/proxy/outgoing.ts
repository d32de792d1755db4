import type { Socket } from 'node:net';

/** Runs up to this size are copied next to the head so that one write carries both; longer ones go out as they are. */
const COPY_LIMIT = 16 * 1024;
const SCRATCH_BYTES = 32 * 1024;
const FREE_LIMIT = 8;
const free: Buffer[] = [];

/**
 * Gathers what one event makes a connection send, then hands it to the kernel in one write. Bodies longer than a copy is
 * worth are written from where they lie: after `flush`, bytes handed over may still be referenced while the socket's
 * `writableLength` is not 0.
 */
export class Outgoing {
  readonly #socket: Socket;
  #scratch: Buffer | undefined;
  #used = 0;
  #corked = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Adds latin1 text. */
  text(text: string): void {
    if (text.length > SCRATCH_BYTES - this.#used) {
      this.#spill();
      if (text.length > SCRATCH_BYTES) {
        this.#write(Buffer.from(text, 'latin1'));
        return;
      }
    }
    this.#scratch ??= free.pop() ?? Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    this.#used += this.#scratch.write(text, this.#used, 'latin1');
  }

  /** Adds buffer[from, to). */
  bytes(buffer: Buffer, from: number, to: number): void {
    const length = to - from;
    if (length <= COPY_LIMIT && length <= SCRATCH_BYTES - this.#used) {
      this.#scratch ??= free.pop() ?? Buffer.allocUnsafeSlow(SCRATCH_BYTES);
      buffer.copy(this.#scratch, this.#used, from, to);
      this.#used += length;
      return;
    }
    this.#spill();
    this.#write(buffer.subarray(from, to));
  }

  /** Writes what was gathered. @returns false when the socket wants no more before its next `drain`. */
  flush(): boolean {
    const socket = this.#socket;
    if (this.#used > 0) {
      const scratch = this.#scratch!;
      const used = this.#used;
      this.#used = 0;
      this.#scratch = undefined;
      if (socket.writable) socket.write(scratch.subarray(0, used));
      this.#uncork();
      // Written at once: the kernel has its copy and the buffer can serve again.
      if (socket.writableLength === 0 && free.length < FREE_LIMIT) free.push(scratch);
    } else {
      this.#uncork();
    }
    return !socket.writableNeedDrain;
  }

  #spill(): void {
    if (this.#used === 0) return;
    const scratch = this.#scratch!;
    this.#scratch = undefined;
    const used = this.#used;
    this.#used = 0;
    this.#write(scratch.subarray(0, used));
  }

  #write(bytes: Buffer): void {
    if (!this.#socket.writable) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
    }
    this.#socket.write(bytes);
  }

  #uncork(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#socket.uncork();
  }
}
