import { connect, type Socket } from 'node:net';
import { passingStatus } from '#shared/health/health-check.ts';
import { DEFAULT_RESPONSE_LIMITS } from '../../http1/limits.ts';
import { isResponseHeadError, parseResponseHead } from '../../http1/response-head.ts';

/** One check: where to, how long to wait, what to ask. */
export type CheckTarget = {
  /** Name or IP literal without brackets. */
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  /** Longest silence while an answer is awaited. */
  readonly timeoutMs: number;
  /** Request head; undefined: connecting is all. */
  readonly request: string | undefined;
};

/** `detail` says in short what was seen: `connected`, `status 200`, `connect-failed ECONNREFUSED`. */
export type CheckResult = { readonly passed: boolean; readonly detail: string };

export type CheckRunner = {
  /** Whatever happens becomes a result. */
  run(target: CheckTarget): Promise<CheckResult>;
  /** Ends what is under way. */
  close(): void;
};

/** More of an answer's head is not waited for. */
const MAX_HEAD_BYTES = 64 * 1024;
/** How long a backend may go on sending a body that nobody wants before its connection is cut. */
const LINGER_MS = 1_000;

/** Checks workers over connections of their own, closed afterwards. @source mod_proxy_hcheck.c:hc_check_tcp, hc_check_http */
export function createCheckRunner(): CheckRunner {
  const sockets = new Set<Socket>();
  return {
    run(target) {
      return new Promise((resolve) => {
        const socket = connect({ host: target.host, port: target.port, noDelay: true });
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
        new Check(socket, target, resolve);
      });
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** One check under way. */
class Check {
  readonly #socket: Socket;
  readonly #target: CheckTarget;
  readonly #resolve: (result: CheckResult) => void;
  #phase: 'connecting' | 'asking' | 'done' = 'connecting';
  #received = Buffer.alloc(0);
  #timer: NodeJS.Timeout;

  constructor(socket: Socket, target: CheckTarget, resolve: (result: CheckResult) => void) {
    this.#socket = socket;
    this.#target = target;
    this.#resolve = resolve;
    this.#timer = setTimeout(() => this.#fail('connect-timeout'), target.connectTimeoutMs);
    socket.once('connect', () => this.#connected());
    socket.on('data', (chunk: Buffer) => this.#data(chunk));
    socket.once('end', () => this.#fail('no-answer'));
    socket.once('close', () => this.#fail('cancelled'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const what = this.#phase === 'connecting' ? 'connect-failed' : 'connection-lost';
      this.#fail(`${what} ${error.code ?? error.message}`);
    });
  }

  #connected(): void {
    const { request, timeoutMs } = this.#target;
    if (request === undefined) {
      this.#finish({ passed: true, detail: 'connected' });
      return;
    }
    this.#phase = 'asking';
    this.#wait(timeoutMs);
    this.#socket.write(request, 'latin1');
  }

  #data(chunk: Buffer): void {
    if (this.#phase !== 'asking') return;
    this.#wait(this.#target.timeoutMs);
    this.#received = Buffer.concat([this.#received, chunk]);
    const head = parseResponseHead(this.#received, 0, this.#received.length, DEFAULT_RESPONSE_LIMITS);
    if (head === undefined) {
      if (this.#received.length > MAX_HEAD_BYTES) this.#fail('malformed-answer too long');
    } else if (isResponseHeadError(head)) {
      this.#fail(`malformed-answer ${head.error}`);
    } else if (head.status < 200 && head.status !== 101) {
      const rest = this.#received.subarray(head.headBytes);
      this.#received = Buffer.alloc(0);
      if (rest.length > 0) this.#data(rest);
    } else {
      this.#finish({ passed: passingStatus(head.status), detail: `status ${head.status}` });
    }
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail('timeout'), ms);
  }

  #fail(detail: string): void {
    this.#finish({ passed: false, detail });
    this.#socket.destroy();
  }

  /** A body that is still to come is let run out: a reset would be an error in the backend's log, once per check. */
  #finish(result: CheckResult): void {
    if (this.#phase === 'done') return;
    this.#phase = 'done';
    clearTimeout(this.#timer);
    this.#resolve(result);
    this.#socket.end();
    const linger = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    linger.unref();
    this.#socket.once('close', () => clearTimeout(linger));
  }
}
