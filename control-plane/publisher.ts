import { type Bus, subjects } from '#shared/bus.ts';
import { encodePublishedSnapshot } from '#shared/codec/snapshot-codec.ts';
import { type FleetState, foldCommit } from '#shared/event/fold.ts';
import { buildSnapshot } from '#shared/snapshot/build.ts';
import type { EventStore } from './ports.ts';

/** What is published, for readiness and metrics. */
export type Publisher = {
  /** Revision of the newest snapshot on the bus; 0 before the first. */
  publishedRevision(): number;
  /** Its content hash; undefined before the first. */
  contentHash(): string | undefined;
  failures(): number;
  stop(): Promise<void>;
};

export type PublisherOptions = {
  readonly store: EventStore;
  readonly bus: Bus;
  /** The fleet as it is at start; its snapshot is published first, so that a node needs no new commit to begin. */
  readonly state: FleetState;
  readonly onPublished: (revision: number, contentHash: string) => void;
  readonly onError: (err: unknown, revision: number) => void;
  /** First wait before a failed publication is tried again; doubles up to 30 s. */
  readonly retryMs: number;
};

const MAX_RETRY_MS = 30_000;

/**
 * Puts the snapshot of every revision on the bus, read from the store's tail and never written twice by the command itself: a
 * crash between append and publication is made good at the next start. Only the newest matters: under a burst of commits
 * those in between may be skipped.
 */
export function startPublisher({ store, bus, state, onPublished, onError, retryMs }: PublisherOptions): Publisher {
  const key = subjects(store.fleet).snapshot;
  let newest = state;
  let published = 0;
  let contentHash: string | undefined;
  let failures = 0;
  let stopped = false;
  let work: Promise<void> | undefined;
  let wakeFromRetry = () => {};

  async function publishNewest(): Promise<void> {
    let waitMs = retryMs;
    while (!stopped && newest.revision > published) {
      const target = newest;
      try {
        const snapshot = buildSnapshot({
          ...target,
          fleet: store.fleet,
          overrides: [...target.overrides.values()],
          ...(target.allowShrink ? { allowShrink: true } : {}),
        });
        await bus.putLatest(key, encodePublishedSnapshot(snapshot));
        published = target.revision;
        contentHash = snapshot.contentHash;
        waitMs = retryMs;
        onPublished(target.revision, snapshot.contentHash);
      } catch (err) {
        failures++;
        onError(err, target.revision);
        await pause(waitMs);
        waitMs = Math.min(waitMs * 2, MAX_RETRY_MS);
      }
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeFromRetry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function publish(): void {
    work ??= publishNewest().finally(() => {
      work = undefined;
      // What came between the end of the loop and here must not wait for the next commit.
      if (!stopped && newest.revision > published) publish();
    });
  }

  const tail = store.tail(state.revision, (stored) => {
    newest = foldCommit(newest, stored);
    wakeFromRetry();
    publish();
  });
  publish();

  return {
    publishedRevision: () => published,
    contentHash: () => contentHash,
    failures: () => failures,
    async stop() {
      stopped = true;
      await tail.stop();
      wakeFromRetry();
      await work;
    },
  };
}
