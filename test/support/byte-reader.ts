import type { Socket } from 'node:net';

/** The peer ended or broke the connection in the middle of something. */
export class ConnectionEnded extends Error {
  readonly how: 'end' | 'reset';
  constructor(how: 'end' | 'reset', doing: string) {
    super(`connection ${how === 'end' ? 'ended' : 'was reset'} while reading ${doing}`);
    this.how = how;
  }
}

/**
 * Reads a socket by pulling: nothing is taken from the kernel beyond Node's own buffer (64 KiB) unless somebody asks, so a
 * reader that doesn't read makes its peer feel it.
 */
export class ByteReader {
  readonly #socket: Socket;
  #buffered: Buffer = Buffer.alloc(0);
  #error: Error | undefined;
  #ended = false;
  #wake: (() => void) | undefined;
  /** Bytes taken from the socket so far. */
  bytesRead = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    const wake = () => this.#wake?.();
    socket.on('readable', wake);
    socket.on('end', () => {
      this.#ended = true;
      wake();
    });
    socket.on('error', (err) => {
      this.#error = err;
      wake();
    });
    socket.on('close', () => {
      this.#ended = true;
      wake();
    });
  }

  /** Whether the peer ended its side and all of it has been taken. */
  get ended(): boolean {
    return this.#ended && this.#buffered.length === 0;
  }

  /** How the connection ended, once it has. */
  get how(): 'end' | 'reset' {
    return this.#error === undefined ? 'end' : 'reset';
  }

  /** Waits for at least one byte. @returns false at the end */
  async more(): Promise<boolean> {
    for (;;) {
      if (this.#buffered.length > 0) return true;
      if (!(await this.#pull())) return this.#buffered.length > 0;
    }
  }

  /** One line without its line end. @throws ConnectionEnded before the line end; Error when CR LF is not the line end */
  async line(doing: string, limit = 1 << 20): Promise<string> {
    for (;;) {
      const at = this.#buffered.indexOf(0x0a);
      if (at >= 0) {
        const text = this.#buffered.toString('latin1', 0, at + 1);
        if (!text.endsWith('\r\n')) throw new Error(`bare LF in ${doing}: ${JSON.stringify(text)}`);
        this.#buffered = this.#buffered.subarray(at + 1);
        return text.slice(0, -2);
      }
      if (this.#buffered.length > limit) throw new Error(`${doing} is longer than ${limit} bytes`);
      if (!(await this.#pull())) throw new ConnectionEnded(this.how, doing);
    }
  }

  /** Up to `count` bytes, as they come. @returns undefined at the end */
  async some(count = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    if (!(await this.more())) return undefined;
    return this.#take(Math.min(count, this.#buffered.length));
  }

  /** Exactly `count` bytes. @throws ConnectionEnded when fewer come */
  async exactly(count: number, doing: string): Promise<Buffer> {
    while (this.#buffered.length < count) if (!(await this.#pull())) throw new ConnectionEnded(this.how, doing);
    return this.#take(count);
  }

  #take(count: number): Buffer {
    const taken = this.#buffered.subarray(0, count);
    this.#buffered = this.#buffered.subarray(count);
    return taken;
  }

  async #pull(): Promise<boolean> {
    for (;;) {
      const chunk = this.#socket.read() as Buffer | null;
      if (chunk !== null) {
        this.bytesRead += chunk.length;
        this.#buffered = this.#buffered.length === 0 ? chunk : Buffer.concat([this.#buffered, chunk]);
        return true;
      }
      if (this.#ended || this.#error !== undefined) return false;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
