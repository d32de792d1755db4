import { type ChainHead, isChainBreak, verifyLink } from '#shared/event/commit-chain.ts';
import { type FleetState, foldCommit, INITIAL_STATE } from '#shared/event/fold.ts';
import type { HealthEntry } from '#shared/health/health-event.ts';
import { workerKey } from '#shared/health/verdict.ts';
import { snapshotOf } from '#shared/snapshot/from-state.ts';
import type { Head } from '#shared/snapshot/head.ts';
import { hashState } from '#shared/snapshot/state-hasher.ts';
import { foldHealth, type HealthState, NO_VERDICTS } from '../../control-plane/core/health/health-state.ts';
import { Violation } from './kernel.ts';
import type { StoreServer } from './sim-store.ts';

/** Everything that ever was in the store, also what it has lost since: what others may hold. */
export type History = {
  /** The configuration of a commit that was once stored, by its chain hash. */
  configuration(chainHash: string): Past | undefined;
  /** Whether a commit is, or comes after, another. */
  descends(chainHash: string, ancestor: string): boolean;
  /** Verdicts at a version, in as many histories as there were. */
  verdicts(version: number): ReadonlySet<string>;
  /** Walks the store's chain from the beginning. */
  verifyChain(): void;
};

export type Past = { readonly state: FleetState; readonly stateHash: string; readonly prevHash: string };

export function keepHistory(store: StoreServer, fleet: string): History {
  const past = new Map<string, Past>();
  const health = new Map<number, Set<string>>([[0, new Set([verdictsText(NO_VERDICTS)])]]);

  store.onCommit((stored) => {
    const before = past.get(stored.prevHash)?.state ?? INITIAL_STATE;
    const link = verifyLink(before, { ...stored, revision: stored.commit.revision });
    if (isChainBreak(link)) throw new Violation(`the store took a commit that does not fit: ${link.problem}`);
    const { commandId, revision } = stored.commit;
    const twice = store.commits().filter(({ commit }) => commit.commandId === commandId);
    if (twice.length > 1)
      throw new Violation(`command ${commandId} is committed twice, the second time as ${revision}`);
    const state = foldCommit(before, stored);
    past.set(stored.hash, {
      state,
      stateHash: hashState(snapshotOf(fleet, state)).stateHash,
      prevHash: stored.prevHash,
    });
  });

  store.onHealth((entry) => {
    const entries: readonly HealthEntry[] = store.healthEntries();
    if (entries.at(-1) !== entry) throw new Violation(`health entry ${entry.version} is not the log's newest`);
    const idle = idleEvent(entries.slice(0, -1).reduce(foldHealth, NO_VERDICTS), entry);
    if (idle !== undefined) throw new Violation(`health entry ${entry.version} decides what was decided: ${idle}`);
    const texts = health.get(entry.version) ?? new Set();
    health.set(entry.version, texts.add(verdictsText(entries.reduce(foldHealth, NO_VERDICTS))));
  });

  return {
    configuration: (chainHash) => past.get(chainHash),
    descends(chainHash, ancestor) {
      for (let at: string | undefined = chainHash; at !== undefined; at = past.get(at)?.prevHash) {
        if (at === ancestor) return true;
      }
      return false;
    },
    verdicts: (version) => health.get(version) ?? new Set(),
    verifyChain() {
      let head: ChainHead = INITIAL_STATE;
      for (const stored of store.commits()) {
        const next = verifyLink(head, { ...stored, revision: stored.commit.revision });
        if (isChainBreak(next)) throw new Violation(`the store's chain breaks at ${next.revision}: ${next.problem}`);
        head = next;
      }
    },
  };
}

/** A policy's decision that changes nothing: two have decided the same. */
function idleEvent({ verdicts, frozen }: HealthState, { events }: HealthEntry): string | undefined {
  const idle = events.find((event) => {
    if (event.type === 'verdicts-frozen') return frozen !== undefined;
    if (event.type === 'verdicts-resumed') return frozen === undefined;
    const standing = verdicts.get(workerKey(event));
    if (event.type === 'worker-available') return standing === undefined && event.actor === undefined;
    return standing?.zones.join() === event.zones.join();
  });
  return idle && JSON.stringify(idle);
}

/** Verdicts in one spelling, so that two states can be compared. */
export function verdictsText({ verdicts }: Pick<HealthState, 'verdicts'>): string {
  return spellVerdicts([...verdicts].map(([key, { zones, since }]) => ({ key, zones, since })));
}

export function spellVerdicts(
  verdicts: readonly { readonly key: string; readonly zones: readonly string[]; readonly since: number }[],
): string {
  return verdicts
    .map(({ key, zones, since }) => `${key} [${zones.join()}] since ${since}`)
    .sort()
    .join('; ');
}

/** Whether a head speaks of a commit that was once stored, and says of it what is true. */
export function lieOf(history: History, head: Head): string | undefined {
  const past = history.configuration(head.chainHash);
  if (past === undefined) return `revision ${head.revision} with chain hash ${head.chainHash} was never stored`;
  const { state, stateHash } = past;
  if (state.revision !== head.revision || state.epoch !== head.epoch) {
    return `${head.chainHash} is revision ${state.revision} of epoch ${state.epoch}, not ${head.revision} of ${head.epoch}`;
  }
  return stateHash === head.stateHash
    ? undefined
    : `revision ${head.revision} has state ${stateHash}, not ${head.stateHash}`;
}
