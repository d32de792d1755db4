import type { Route } from '../definition/route.ts';
import type { VirtualHost } from '../definition/virtual-host.ts';
import type { Worker } from '../definition/worker.ts';
import { PlainWorkers } from './plain-workers.ts';
import type { NameKind } from './worker-names.ts';

/** A worker that a section of its own has to make. */
export type WorkerSection = { readonly worker: Worker; readonly kind: NameKind };

/** What has to be printed for a route's worker: sections before it, and parameters on the route's own line. */
export type RoutePlan = { readonly sections: readonly WorkerSection[]; readonly inline: Worker | undefined };

/**
 * Plans how a server's plain workers come about in print: by the route that makes them where that gives the same list, else by
 * `<Proxy>` sections. Follows the reader's sharing rules step by step, so routes must be asked for in printed order.
 */
export class WorkerPlan {
  readonly #expected: readonly Worker[];
  readonly #kinds: ReadonlyMap<string, NameKind>;
  /** Workers as the reader will have them at this point of the print. */
  readonly #made = new PlainWorkers();
  #next = 0;

  constructor(server: VirtualHost) {
    this.#expected = server.workers;
    const kinds = new Map<string, NameKind>();
    const routes = [...server.routes, ...server.locations.flatMap(({ route }) => route ?? [])];
    for (const { match, target } of routes) {
      if (target.kind === 'url' && !kinds.has(target.url)) kinds.set(target.url, kindOf(match));
    }
    this.#kinds = kinds;
  }

  before({ match, target }: Route): RoutePlan {
    const sections: WorkerSection[] = [];
    if (target.kind !== 'url') return { sections, inline: undefined };
    const kind = kindOf(match);
    while (this.#made.find(target.url, kind) === undefined) {
      const worker = this.#expected[this.#next];
      if (worker === undefined) break;
      this.#next++;
      if (worker.url === target.url) {
        this.#add(worker, kind);
        return { sections, inline: worker };
      }
      sections.push(this.#section(worker));
    }
    return { sections, inline: undefined };
  }

  /** Workers that no route has made. */
  rest(): readonly WorkerSection[] {
    const rest = this.#expected.slice(this.#next);
    this.#next = this.#expected.length;
    return rest.map((worker) => this.#section(worker));
  }

  #section(worker: Worker): WorkerSection {
    const covered = this.#made.find(worker.url, 'prefix') !== undefined;
    const kind = this.#kinds.get(worker.url) ?? (covered || /\$\d/.test(worker.url) ? 'pattern' : 'prefix');
    this.#add(worker, kind);
    return { worker, kind };
  }

  #add({ url }: Worker, kind: NameKind): void {
    this.#made.add(url, kind, { file: '', line: 0, column: 0 });
  }
}

function kindOf(match: Route['match']): NameKind {
  return match.kind === 'regex' ? 'pattern' : 'prefix';
}
