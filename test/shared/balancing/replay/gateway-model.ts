import type { ElectionMember } from '#shared/balancing/balancing.ts';
import { connected, type Election, elect, electWaiting, errorState } from '#shared/balancing/election.ts';
import { type AttemptFacts, afterResponse, decideFailover } from '#shared/balancing/failover.ts';
import { findSession, type Session } from '#shared/balancing/sticky-session.ts';
import { beginBusy, createWorkerTable, endBusy, statusOf } from '#shared/balancing/worker-table.ts';
import { effectivePlainWorker } from '#shared/definition/defaults.ts';
import type { Worker } from '#shared/definition/worker.ts';
import { isUsable, WorkerStatus } from '#shared/definition/worker-status.ts';
import type { BackendState } from '#test/support/backend.ts';
import { type Attempt, BackendModel, NO_SUCH_HOST } from './backend-model.ts';
import { BalancerModel } from './balancer-model.ts';
import { backendOf, readSmallConf } from './small-conf.ts';
import type { MemberState, Step } from './vector.ts';

export type Answer = {
  readonly status: number | null;
  readonly worker: string | null;
  readonly attempts: readonly string[];
  readonly elapsedMs: number;
  readonly routeChanged: boolean;
  readonly session: Session | undefined;
};

type Exchange = {
  readonly status: number | null;
  readonly worker: string | null;
  /** The member whose answer this is. */
  readonly last: ElectionMember | undefined;
};

/** A gateway made of nothing but the pure functions under test, one request after the other, on a clock of its own. */
export class GatewayModel {
  readonly #table = createWorkerTable(64);
  readonly #balancers: readonly BalancerModel[];
  readonly #routes: ReturnType<typeof readSmallConf>['routes'];
  readonly #backends = new Map<string, BackendModel>();
  readonly #usedConnections = new Set<string>();
  readonly #held = new Map<string, () => Answer>();
  #slots = 0;
  #nowMs = 1_700_000_000_000;

  constructor(config: readonly string[]) {
    const { balancers, routes } = readSmallConf(config);
    this.#routes = routes;
    this.#balancers = balancers.map((balancer) => new BalancerModel(balancer, this.#table, () => this.#slots++));
  }

  setBackends(states: Readonly<Record<string, BackendState>>): void {
    for (const [name, state] of Object.entries(states)) this.#backend(name).set(state);
  }

  sleep(ms: number): void {
    this.#nowMs += ms;
  }

  manage(step: Step): number {
    const model = this.#balancers.find(({ name }) => name === step.params?.b);
    return model?.manage(step) ?? 200;
  }

  /** All members' state; a backend in two balancers is shown as in the last. */
  state(): Record<string, MemberState> {
    return Object.assign({}, ...this.#balancers.map((model) => model.state()));
  }

  /** Byte counters as recorded: which bytes httpd counts is the engine's matter. */
  feedBytes(state: Readonly<Record<string, MemberState>>): void {
    for (const { slot, url } of this.#balancers.flatMap(({ elections }) => elections.members)) {
      const recorded = state[backendOf(url) ?? url];
      this.#table.transferred[slot] = BigInt(recorded?.transferred ?? 0);
      this.#table.read[slot] = BigInt(recorded?.read ?? 0);
    }
  }

  request(step: Step): Answer {
    return this.#start(step)();
  }

  /** Starts a request that its backend holds; the answer comes with `release`. */
  begin(step: Step): Pick<Answer, 'worker' | 'attempts'> {
    const finish = this.#start(step);
    this.#held.set(step.id ?? '', finish);
    return finish.peek;
  }

  release(id: string): Answer {
    const finish = this.#held.get(id);
    if (finish === undefined) throw new Error(`no request ${id} is held`);
    this.#held.delete(id);
    return finish();
  }

  /** Runs a request up to its last attempt's answer; calling the result finishes it. */
  #start(step: Step): (() => Answer) & { readonly peek: Pick<Answer, 'worker' | 'attempts'> } {
    const startMs = this.#nowMs++;
    const path = step.path ?? '/';
    const route = this.#routes.find(({ prefix }) => covers(prefix, path));
    if (route === undefined) throw new Error(`no route for ${path}`);
    const clientReused = step.connection !== undefined && this.#usedConnections.has(step.connection);
    if (step.connection !== undefined) this.#usedConnections.add(step.connection);

    const attempts: ElectionMember[] = [];
    const model = this.#balancers.find(({ name }) => name === route.to);
    const cookie = step.headers?.find(([name]) => name === 'Cookie')?.[1];
    const session = model && findSession(model.elections, decodedPath(path), cookie);
    const seen = { routeChanged: false };
    const exchange =
      typeof route.to === 'string'
        ? this.#balanced(model, session, step, clientReused, attempts, seen)
        : this.#plain(route.to, step, clientReused);
    const held = exchange.last !== undefined && this.#backendFor(exchange.last)?.holds === true;
    const names = attempts.flatMap(({ url }) => backendOf(url) ?? []);
    const finish = (): Answer => {
      if (held && exchange.last !== undefined) this.#backendFor(exchange.last)?.release(true);
      for (const { slot } of attempts) endBusy(this.#table, slot);
      const { status, worker } = exchange;
      return { status, worker, attempts: names, elapsedMs: this.#nowMs - startMs, ...seen, session };
    };
    return Object.assign(finish, { peek: { worker: exchange.worker, attempts: names } });
  }

  #balanced(
    model: BalancerModel | undefined,
    session: Session | undefined,
    step: Step,
    clientConnectionReused: boolean,
    attempts: ElectionMember[],
    seen: { routeChanged: boolean },
  ): Exchange {
    if (model === undefined) return { status: 503, worker: null, last: undefined };
    for (let tries = 0; ; tries++) {
      const election = this.#elect(model, session);
      if (election.kind === 'refused') {
        const { status } = decideFailover({ kind: election.reason }, { ...NO_FACTS, isBalanced: true });
        return { status, worker: null, last: undefined };
      }
      seen.routeChanged ||= election.routeChanged;
      const member = model.elections.members[election.member];
      if (member === undefined) throw new Error(`elected member ${election.member} does not exist`);
      attempts.push(member);
      beginBusy(this.#table, member.slot);
      const attempt = this.#attempt(model, member, step);
      const before = statusOf(this.#table, member.slot);
      const decision = decideFailover(attempt.outcome, {
        isBalanced: true,
        ignoreErrors: (before & WorkerStatus.IGNORE_ERRORS) !== 0,
        usableAfter: isUsable(before),
        tries,
        maxattempts: model.elections.maxattempts,
        reusedBackendConnection: attempt.reused,
        clientConnectionReused,
      });
      if (decision.workerError) errorState(this.#table, member.slot, this.#nowMs);
      if (decision.next === 'try-again') continue;
      const timedOut = attempt.outcome.kind === 'response-timeout';
      if (afterResponse(model.elections, decision.status, timedOut)) errorState(this.#table, member.slot, this.#nowMs);
      const worker = attempt.named ? (backendOf(member.url) ?? null) : null;
      return { status: decision.status === 0 ? null : decision.status, worker, last: member };
    }
  }

  #plain(worker: Worker, step: Step, clientConnectionReused: boolean): Exchange {
    const name = backendOf(worker.url);
    const attempt =
      name === undefined ? NO_SUCH_HOST : this.#backend(name).attempt(effectivePlainWorker(worker), hasBody(step));
    this.#nowMs += attempt.tookMs;
    const reusedBackendConnection = attempt.reused;
    const facts = { ...NO_FACTS, reusedBackendConnection, clientConnectionReused };
    const { status } = decideFailover(attempt.outcome, facts);
    return { status, worker: attempt.named ? (name ?? null) : null, last: undefined };
  }

  /** One election; waits as `timeout=` of the balancer asks, a hundredth of it at a time. */
  #elect(model: BalancerModel, session: Session | undefined): Election {
    const { elections } = model;
    let election = elect(elections, this.#table, this.#nowMs, session);
    const stepMs = elections.timeoutMs / 100;
    for (let waited = 0; waited < elections.timeoutMs && isNobody(election); waited += stepMs) {
      this.#nowMs += stepMs;
      election = electWaiting(elections, this.#table, this.#nowMs);
    }
    return election;
  }

  #attempt(model: BalancerModel, member: ElectionMember, step: Step): Attempt {
    const attempt = this.#backendFor(member)?.attempt(model.worker(member), hasBody(step)) ?? NO_SUCH_HOST;
    if (attempt.connectedNew) connected(this.#table, member.slot);
    this.#nowMs += attempt.tookMs;
    return attempt;
  }

  #backendFor(member: ElectionMember): BackendModel | undefined {
    const name = backendOf(member.url);
    return name === undefined ? undefined : this.#backend(name);
  }

  #backend(name: string): BackendModel {
    const known = this.#backends.get(name) ?? new BackendModel();
    this.#backends.set(name, known);
    return known;
  }
}

const NO_FACTS: AttemptFacts = {
  isBalanced: false,
  ignoreErrors: true,
  usableAfter: true,
  tries: 0,
  maxattempts: 0,
  reusedBackendConnection: false,
  clientConnectionReused: false,
};

function isNobody(election: Election): boolean {
  return election.kind === 'refused' && election.reason === 'no-worker';
}

function hasBody(step: Step): boolean {
  return step.body !== undefined;
}

/** httpd's prefix match, as far as the vectors about balancing need it. */
function covers(prefix: string, path: string): boolean {
  if (!path.startsWith(prefix)) return false;
  const next = path[prefix.length];
  return prefix.endsWith('/') || next === undefined || next === '/' || next === '?';
}

function decodedPath(target: string): string {
  const at = target.indexOf('?');
  if (at < 0) return decodeURIComponent(target);
  return decodeURIComponent(target.slice(0, at)) + target.slice(at);
}
