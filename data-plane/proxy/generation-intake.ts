import { balancerId } from '#shared/definition/balancer.ts';
import type {
  BalancerHead,
  GenerationPart,
  ListStep,
  Lists,
  PartEntry,
  ServerHead,
  ServerLists,
} from './generation-change.ts';
import type { PlacedBalancer, PlacedDefinition, PlacedServer, PlacedWorker } from './placed-definition.ts';

type Building<Map extends object> = { -readonly [Of in keyof Map]?: Map[Of][] };

/**
 * Puts a definition together from the parts of a change and the definition it is a change of. What the change leaves alone is the
 * same object in both.
 */
export class GenerationIntake {
  readonly #base: PlacedDefinition;
  readonly #ids: Readonly<Record<'virtualHosts' | 'balancers', readonly string[]>>;
  readonly #servers: ReadonlyMap<string, PlacedServer>;
  readonly #balancers: ReadonlyMap<string, PlacedBalancer>;
  readonly #serverHeads = new Map<string, ServerHead>();
  readonly #balancerHeads = new Map<string, BalancerHead>();
  readonly #serverLists = new Map<string, Building<ServerLists>>();
  readonly #members = new Map<string, PlacedWorker[]>();
  readonly #order: { virtualHosts?: string[]; balancers?: string[] } = {};

  constructor(base: PlacedDefinition) {
    this.#base = base;
    this.#servers = new Map([base.mainServer, ...base.virtualHosts].map((server) => [server.id, server]));
    this.#balancers = new Map(base.balancers.map((balancer) => [balancerId(balancer), balancer]));
    this.#ids = { virtualHosts: base.virtualHosts.map(({ id }) => id), balancers: [...this.#balancers.keys()] };
  }

  /** @throws Error for a part that is no change of the base: the agent's mistake */
  take(part: GenerationPart): void {
    for (const entry of part) this.#take(entry);
  }

  #take(entry: PartEntry): void {
    switch (entry.kind) {
      case 'server':
        this.#serverHeads.set(entry.head.id, entry.head);
        break;
      case 'balancer':
        this.#balancerHeads.set(balancerId(entry.head), entry.head);
        break;
      case 'order':
        this.#order[entry.of] = extended(this.#order[entry.of], this.#ids[entry.of], entry.step);
        break;
      case 'list':
        this.#takeList(entry);
        break;
    }
  }

  #takeList(entry: Extract<PartEntry, { kind: 'list' }>): void {
    if (entry.of === 'members') {
      const before = this.#balancers.get(entry.id)?.members ?? [];
      this.#members.set(entry.id, extended(this.#members.get(entry.id), before, entry.step));
      return;
    }
    const lists: Building<Lists> = this.#serverLists.get(entry.id) ?? {};
    this.#serverLists.set(entry.id, lists);
    const before = this.#servers.get(entry.id);
    switch (entry.of) {
      case 'routes':
        lists.routes = extended(lists.routes, before?.routes ?? [], entry.step);
        break;
      case 'locations':
        lists.locations = extended(lists.locations, before?.locations ?? [], entry.step);
        break;
      case 'reverseRules':
        lists.reverseRules = extended(lists.reverseRules, before?.reverseRules ?? [], entry.step);
        break;
      case 'workers':
        lists.workers = extended(lists.workers, before?.workers ?? [], entry.step);
        break;
    }
  }

  /** All parts are here. */
  finish(): PlacedDefinition {
    const { virtualHosts, balancers } = { ...this.#ids, ...this.#order };
    return {
      mainServer: this.#server(this.#base.mainServer.id),
      virtualHosts: virtualHosts.map((id) => this.#server(id)),
      balancers: balancers.map((id) => this.#balancer(id)),
    };
  }

  #server(id: string): PlacedServer {
    const before = this.#servers.get(id);
    const head = this.#serverHeads.get(id);
    const lists = this.#serverLists.get(id);
    if (before !== undefined && head === undefined && lists === undefined) return before;
    const { routes, locations, reverseRules, workers } = before ?? NO_LISTS;
    const whole = head ?? before;
    if (whole === undefined) throw new Error(`invariant broken: virtual host ${id} came without its settings`);
    return { ...whole, routes, locations, reverseRules, workers, ...lists };
  }

  #balancer(id: string): PlacedBalancer {
    const before = this.#balancers.get(id);
    const head = this.#balancerHeads.get(id);
    const members = this.#members.get(id);
    if (before !== undefined && head === undefined && members === undefined) return before;
    const whole = head ?? before;
    if (whole === undefined) throw new Error(`invariant broken: balancer ${id} came without its settings`);
    return { ...whole, members: members ?? before?.members ?? [] };
  }
}

const NO_LISTS = { routes: [], locations: [], reverseRules: [], workers: [] };

function extended<T>(list: T[] | undefined, before: readonly T[], step: ListStep<T>): T[] {
  const longer = list ?? [];
  if ('items' in step) {
    longer.push(...step.items);
    return longer;
  }
  if (step.from + step.count > before.length) {
    throw new Error(`invariant broken: ${step.count} items from ${step.from} on of a list of ${before.length}`);
  }
  for (let place = step.from; place < step.from + step.count; place++) longer.push(before[place] as T);
  return longer;
}
