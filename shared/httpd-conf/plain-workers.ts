import type { Worker, WorkerParameters } from '../definition/worker.ts';
import type { Position } from './diagnostic.ts';
import { type NameKind, WorkerNames } from './worker-names.ts';

/** A plain worker being built. */
export type PlainWorkerDraft = { readonly url: string; parameters: WorkerParameters; readonly at: Position };

/** The plain workers of one server in order of creation, under httpd's sharing rules. */
export class PlainWorkers {
  readonly #drafts = new Map<string, PlainWorkerDraft>();
  readonly #names = new WorkerNames<PlainWorkerDraft>();

  /**
   * The worker that a new target of this kind shares: one that covers its URL already, or has the very name (a request finds the
   * first of equal names, so a second could never serve).
   *
   * @param url normalised
   */
  find(url: string, kind?: NameKind): PlainWorkerDraft | undefined {
    return this.#names.find(url, kind) ?? this.#drafts.get(url);
  }

  add(url: string, kind: NameKind, at: Position): PlainWorkerDraft {
    const draft: PlainWorkerDraft = { url, parameters: {}, at };
    this.#drafts.set(url, draft);
    this.#names.add(url, kind, draft);
    return draft;
  }

  list(): readonly Worker[] {
    return [...this.#drafts.values()].map(({ url, parameters }) => ({ url, parameters }));
  }
}
