import type { ElectionBalancer, ElectionMember } from '#shared/balancing/balancing.ts';
import { loadfactorChanged, resetLbMethod } from '#shared/balancing/lbmethod/registry.ts';
import { lbstatusOf, statusOf, type WorkerTable } from '#shared/balancing/worker-table.ts';
import type { Balancer } from '#shared/definition/balancer.ts';
import { effectiveBalancer, effectiveWorker, overrideOf } from '#shared/definition/defaults.ts';
import type { Override, OverrideParameters } from '#shared/definition/override.ts';
import type { EffectiveWorker } from '#shared/definition/worker.ts';
import { parseStatus, RUNTIME_BITS, statusWords, WorkerStatus } from '#shared/definition/worker-status.ts';
import { backendOf, lbmethodNamed, memberUrl, stickyNames } from './small-conf.ts';
import type { MemberState, Step } from './vector.ts';

/** One balancer of a vector: definition, overrides, and their election form over the shared table. */
export class BalancerModel {
  readonly table: WorkerTable;
  #definition: Balancer;
  readonly #overrides: Override[] = [];
  readonly #slots = new Map<string, number>();
  readonly #takeSlot: () => number;
  readonly #configured: number;
  elections: ElectionBalancer;

  constructor(definition: Balancer, table: WorkerTable, takeSlot: () => number) {
    this.table = table;
    this.#takeSlot = takeSlot;
    this.#configured = definition.members.length;
    // httpd fixes maxattempts at the start; members added later do not raise it.
    const maxattempts = definition.parameters.maxattempts ?? Math.max(0, this.#configured - 1);
    this.#definition = { ...definition, parameters: { ...definition.parameters, maxattempts } };
    this.elections = this.#compile();
  }

  get name(): string {
    return this.#definition.name;
  }

  worker(member: ElectionMember): EffectiveWorker {
    const worker = this.#definition.members.find(({ url }) => url === member.url);
    if (worker === undefined) throw new Error(`no member ${member.url} in ${this.name}`);
    return effectiveWorker(worker, overrideOf(this.#overrides, worker.url));
  }

  /** A form POST to the manager; returns its status. */
  manage(step: Step): number {
    if (this.#refuses(step)) return 200;
    const p = step.params ?? {};
    if (p.b_wyes === '1' && p.b_nwrkr !== undefined) return this.#add(memberUrl(p.b_nwrkr)) ? 200 : 400;
    if (p.w !== undefined) this.#changeWorker(memberUrl(p.w), p);
    else this.#changeBalancer(p);
    return 200;
  }

  /** Per member as recorded: keyed by backend. */
  state(): Record<string, MemberState> {
    const { table } = this;
    const entries = this.elections.members.map(({ slot, url, lbfactor, lbset, route }): [string, MemberState] => [
      backendOf(url) ?? url,
      {
        status: statusWords(statusOf(table, slot)),
        loadfactor: lbfactor / 100,
        lbstatus: lbstatusOf(table, slot),
        lbset,
        elected: table.elected[slot] ?? 0,
        busy: table.busy[slot] ?? 0,
        transferred: Number(table.transferred[slot]),
        read: Number(table.read[slot]),
        retries: table.retries[slot] ?? 0,
        ...(route === '' ? {} : { route }),
      },
    ]);
    return Object.fromEntries(entries);
  }

  #refuses({ nonce, referer, method }: Step): boolean {
    const wrongNonce = nonce !== undefined && nonce !== this.#definition.parameters.nonce;
    return wrongNonce || referer !== undefined || method === 'GET' || this.#definition.parameters.nonce === '';
  }

  #changeWorker(url: string, p: Readonly<Record<string, string>>): void {
    const change: { -readonly [K in keyof OverrideParameters]: OverrideParameters[K] } = {};
    for (const [key, value] of Object.entries(p)) {
      const letter = /^w_status_(.)$/.exec(key)?.[1];
      if (letter !== undefined) {
        const status = parseStatus(value === '1' ? letter : `-${letter}`);
        if (!('error' in status)) change.status = status;
      }
    }
    const loadfactor = Number(p.w_lf ?? 0);
    const weighed = loadfactor >= 1 && loadfactor <= 100;
    if (weighed) change.loadfactor = loadfactor;
    if (p.w_ls !== undefined) change.lbset = Number(p.w_ls);
    if (p.w_wr !== undefined) change.route = p.w_wr;
    if (p.w_rr !== undefined) change.redirect = p.w_rr;
    this.#overrides.push({ balancer: this.name, worker: url, parameters: change, actor: 'manager', sinceMs: 0 });
    this.elections = this.#compile();
    if (weighed) loadfactorChanged(this.elections, this.table);
  }

  #changeBalancer(p: Readonly<Record<string, string>>): void {
    const { stickysession: old, ...others } = this.#definition.parameters;
    const lbmethod = lbmethodNamed(p.b_lbm ?? '') ?? this.elections.lbmethod;
    const stickysession = p.b_ss === '-' ? undefined : p.b_ss === undefined ? old : stickyNames(p.b_ss);
    const parameters = {
      ...others,
      lbmethod,
      ...(stickysession === undefined ? {} : { stickysession }),
      ...(p.b_sforce === undefined ? {} : { nofailover: p.b_sforce === '1' }),
      ...(p.b_tmo === undefined ? {} : { timeoutMs: Number(p.b_tmo) * 1000 }),
      ...(p.b_max === undefined ? {} : { maxattempts: Number(p.b_max) }),
    };
    const changed = lbmethod !== this.elections.lbmethod;
    this.#definition = { ...this.#definition, parameters };
    this.elections = this.#compile();
    if (changed) resetLbMethod(this.elections, this.table);
  }

  #add(url: string): boolean {
    const { members, parameters } = this.#definition;
    const covered = members.some((member) => url.startsWith(member.url));
    if (covered || members.length - this.#configured >= (parameters.growth ?? 0)) return false;
    this.#definition = { ...this.#definition, members: [...members, { url, parameters: { status: 'D' } }] };
    this.elections = this.#compile();
    return true;
  }

  /** Election form of the present definition; operators' flags go into the table, what runs there stays. */
  #compile(): ElectionBalancer {
    const elections = effectiveBalancer(this.#definition, this.#overrides, (url) => this.#slotOf(url));
    for (const member of elections.members) {
      const configured = this.worker(member).status;
      const present = statusOf(this.table, member.slot);
      const fresh = (present & WorkerStatus.INITIALIZED) === 0;
      this.table.status[member.slot] = fresh ? configured : (configured & ~RUNTIME_BITS) | (present & RUNTIME_BITS);
    }
    return elections;
  }

  #slotOf(url: string): number {
    const slot = this.#slots.get(url) ?? this.#takeSlot();
    this.#slots.set(url, slot);
    return slot;
  }
}
