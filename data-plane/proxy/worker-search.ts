import { connected, type Election, elect, electWaiting, errorState } from '#shared/balancing/election.ts';
import {
  type AttemptOutcome,
  afterResponse,
  decideFailover,
  type FailoverDecision,
} from '#shared/balancing/failover.ts';
import type { Session } from '#shared/balancing/sticky-session.ts';
import { beginBusy, countRead, countTransferred, endBusy, statusOf } from '#shared/balancing/worker-table.ts';
import { isUsable, WorkerStatus } from '#shared/definition/worker-status.ts';
import type { ProxyBalancer, ProxyWorker } from './generation.ts';
import type { ThreadContext } from './thread-context.ts';

/**
 * One request's way through its balancer's workers (or to its one plain worker): elections, error states and counts, all
 * on the scoreboard, elections and error states under the balancer's lock.
 */
export class WorkerSearch {
  /** The worker of the current attempt. */
  worker: ProxyWorker | undefined;
  readonly #context: ThreadContext;
  readonly #balancer: ProxyBalancer | undefined;
  readonly #session: Session | undefined;
  /** Slots whose `busy` counts this request: every attempt does until the request ends. */
  readonly #busy: number[] = [];
  #tries = 0;

  constructor(context: ThreadContext, target: ProxyBalancer | ProxyWorker, session: Session | undefined) {
    this.#context = context;
    this.#balancer = 'election' in target ? target : undefined;
    this.worker = 'election' in target ? undefined : target;
    this.#session = session;
  }

  /** Time this request may wait for a usable worker, milliseconds; only its first attempt may. */
  get mayWaitMs(): number {
    return this.#tries === 0 ? (this.#balancer?.election.timeoutMs ?? 0) : 0;
  }

  /** Elects the worker of the next attempt; a plain worker is always elected. */
  elect(): 'elected' | 'no-worker' | 'nofailover' {
    const balancer = this.#balancer;
    if (balancer === undefined) return 'elected';
    const { scoreboard } = this.#context;
    return this.#take(
      balancer,
      this.#locked(balancer, () => elect(balancer.election, scoreboard, Date.now(), this.#session)),
    );
  }

  /** Asks the lbmethod again while waiting for a usable worker. */
  electWaiting(): boolean {
    const balancer = this.#balancer;
    if (balancer === undefined) return false;
    const { scoreboard } = this.#context;
    return (
      this.#take(
        balancer,
        this.#locked(balancer, () => electWaiting(balancer.election, scoreboard, Date.now())),
      ) === 'elected'
    );
  }

  #take(balancer: ProxyBalancer, election: Election): 'elected' | 'no-worker' | 'nofailover' {
    this.worker = election.kind === 'elected' ? balancer.workers[election.member] : undefined;
    return election.kind === 'elected' ? 'elected' : election.reason;
  }

  /** Marks the elected worker busy with this request. */
  occupy(worker: ProxyWorker): void {
    beginBusy(this.#context.scoreboard, worker.slot);
    this.#context.busyShare[worker.slot]!++;
    this.#busy.push(worker.slot);
  }

  /** The attempt got a connection; a fresh one ends the worker's history of failures. */
  begun(reused: boolean): void {
    const { scoreboard } = this.#context;
    const slot = this.#slot();
    if (!reused) connected(scoreboard, slot);
    Atomics.add(scoreboard.requests, slot, 1n);
  }

  /** Decides what follows a failed attempt, and does to the worker's state what that entails. */
  failed(outcome: AttemptOutcome, detail: string, reused: boolean, clientConnectionReused: boolean): FailoverDecision {
    const { scoreboard } = this.#context;
    const worker = this.worker;
    const status = worker === undefined ? 0 : statusOf(scoreboard, worker.slot);
    const decision = decideFailover(outcome, {
      isBalanced: this.#balancer !== undefined,
      ignoreErrors: (status & WorkerStatus.IGNORE_ERRORS) !== 0,
      usableAfter: isUsable(status),
      tries: this.#tries,
      maxattempts: this.#balancer?.election.maxattempts ?? 0,
      reusedBackendConnection: reused,
      clientConnectionReused,
    });
    if (worker !== undefined) Atomics.add(scoreboard.errors, worker.slot, 1n);
    if (decision.workerError) this.#putInError(`${outcome.kind}: ${detail}`);
    if (decision.next === 'try-again') this.#tries++;
    else if (decision.next === 'answer') this.answered(decision.status, outcome.kind === 'response-timeout');
    return decision;
  }

  /** failonstatus and failontimeout count every final answer, relayed or made here. @source apache-semantics 9.3 */
  answered(status: number, timedOut: boolean): void {
    if (this.#balancer === undefined || this.worker === undefined) return;
    if (!afterResponse(this.#balancer.election, status, timedOut)) return;
    this.#putInError(timedOut ? 'failontimeout: no answer in time' : `failonstatus: ${status}`);
  }

  /** A response was relayed whole. */
  completed(requestBytes: number, responseBytes: number): void {
    const { scoreboard } = this.#context;
    const slot = this.#slot();
    Atomics.add(scoreboard.responses, slot, 1n);
    if (requestBytes > 0) Atomics.add(scoreboard.bytesIn, slot, BigInt(requestBytes));
    if (responseBytes > 0) Atomics.add(scoreboard.bytesOut, slot, BigInt(responseBytes));
  }

  /** Bytes written to the worker, heads included: what bytraffic calls transferred. */
  transferred(bytes: number): void {
    countTransferred(this.#context.scoreboard, this.#slot(), bytes);
  }

  /** Bytes read as bytraffic counts them: status line and body. */
  read(bytes: number): void {
    countRead(this.#context.scoreboard, this.#slot(), bytes);
  }

  /** The request has ended for its client: its workers are busy with it no more. */
  release(): void {
    for (const slot of this.#busy) {
      endBusy(this.#context.scoreboard, slot);
      this.#context.busyShare[slot]!--;
    }
    this.#busy.length = 0;
  }

  #slot(): number {
    if (this.worker === undefined) throw new Error('invariant broken: an attempt without a worker');
    return this.worker.slot;
  }

  #putInError(reason: string): void {
    const balancer = this.#balancer;
    if (balancer === undefined) return;
    const slot = this.#slot();
    const timeMs = Date.now();
    const entered = this.#locked(balancer, () => errorState(this.#context.scoreboard, slot, timeMs));
    if (entered) this.#context.post({ type: 'worker-error', slot, reason, timeMs });
  }

  #locked<T>({ lock }: ProxyBalancer, work: () => T): T {
    const { scoreboard, lockOwner } = this.#context;
    scoreboard.lock(lock, lockOwner);
    try {
      return work();
    } finally {
      scoreboard.unlock(lock, lockOwner);
    }
  }
}
