import type { AttemptOutcome } from '#shared/balancing/failover.ts';
import type { EffectiveWorker } from '#shared/definition/worker.ts';
import type { BackendBehaviour, BackendState } from '#test/support/backend.ts';

/** How an attempt on a modelled backend ends, and what it costs. */
export type Attempt = {
  readonly outcome: AttemptOutcome;
  /** Time the attempt took, milliseconds. */
  readonly tookMs: number;
  /** A new connection was made for it. */
  readonly connectedNew: boolean;
  /** It used a connection that had carried a request before. */
  readonly reused: boolean;
  /** The backend's own answer reaches the client (it names itself in a header). */
  readonly named: boolean;
};

/** One backend of the test bed: its state, and the gateway's connections to it. */
export class BackendModel {
  #state: BackendBehaviour = { mode: 'up' };
  #idle = 0;
  #inUse = 0;

  set(state: BackendState): void {
    this.#state = typeof state === 'string' ? { mode: state } : state;
    if (this.#mode === 'refuse') this.#idle = 0;
  }

  get #mode(): string {
    return this.#state.mode ?? 'up';
  }

  /** Whether a request would be held until released. */
  get holds(): boolean {
    return this.#mode === 'hold';
  }

  /** One attempt, over a pooled connection if there is one. `release` must follow a held one. */
  attempt(worker: EffectiveWorker, hasBody: boolean): Attempt {
    if (this.#inUse >= worker.max) return ended({ kind: 'acquire-timeout' }, worker.acquireMs ?? 0);
    const reused = this.#idle > 0;
    if (!reused && this.#mode === 'refuse') return ended({ kind: 'connect-failed' });
    if (reused) this.#idle--;
    const { outcome, tookMs, keeps, named } = this.#answer(worker, hasBody);
    this.#inUse++;
    if (!this.holds) this.release(keeps && !worker.disablereuse);
    return { outcome, tookMs, connectedNew: !reused, reused, named };
  }

  release(keep: boolean): void {
    this.#inUse--;
    if (keep) this.#idle++;
  }

  #answer(
    worker: EffectiveWorker,
    hasBody: boolean,
  ): { outcome: AttemptOutcome; tookMs: number; keeps: boolean; named: boolean } {
    const silent = { tookMs: 0, keeps: false, named: false };
    switch (this.#mode) {
      case 'reset':
      case 'close':
        return { ...silent, outcome: { kind: 'closed-before-response' } };
      case 'hang':
        return { ...silent, outcome: { kind: 'response-timeout' }, tookMs: worker.timeoutMs ?? 5000 };
      case 'raw':
        return { ...silent, outcome: rawOutcome(this.#state.raw ?? '') };
      case 'no100':
        if (hasBody && worker.pingMs !== undefined) {
          return { ...silent, outcome: { kind: 'continue-timeout' }, tookMs: worker.pingMs };
        }
    }
    const keeps = this.#state.connClose !== true && this.#state.truncateAt === undefined;
    return { outcome: { kind: 'responded', status: this.#state.status ?? 200 }, tookMs: 0, keeps, named: true };
  }
}

/** An attempt at a host that has no address. */
export const NO_SUCH_HOST: Attempt = ended({ kind: 'dns-failure' });

function ended(outcome: AttemptOutcome, tookMs = 0): Attempt {
  return { outcome, tookMs, connectedNew: false, reused: false, named: false };
}

/** What the engine will make of raw bytes: text without a status line is HTTP/0.9, a whole answer. */
function rawOutcome(raw: string): AttemptOutcome {
  const [statusLine = '', ...fields] = raw.split('\r\n');
  if (!statusLine.startsWith('HTTP/')) return { kind: 'responded', status: 200 };
  const bad = !statusLine.startsWith('HTTP/1.') || fields.some((line) => line !== '' && !line.includes(':'));
  return bad ? { kind: 'malformed-response' } : { kind: 'responded', status: Number(statusLine.split(' ')[1]) };
}
