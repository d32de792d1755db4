import { randomUUIDv7 } from 'node:crypto';
import { type Bus, type Subscription, subjects } from '#shared/bus.ts';
import type { StoredCommit } from '#shared/event/fleet-event.ts';
import { type FleetState, foldCommit } from '#shared/event/fold.ts';
import { isRefusal, openHead } from '#shared/snapshot/open.ts';
import type { TrustedKey } from '#shared/snapshot/signature.ts';
import type { Snapshot } from '#shared/snapshot/snapshot.ts';
import { readCommitCopies } from './commit-copies.ts';
import { decideRestore } from './core/decide/restore.ts';
import {
  furthest,
  judgeStore,
  type KnownHead,
  planRepair,
  type RevisionRange,
  type StorePosition,
  type StoreVerdict,
} from './core/regression.ts';
import type { NodeRegistry } from './node-registry.ts';
import { OperatingError } from './operating-error.ts';
import type { EventStore } from './ports.ts';
import { readHeadState } from './state-reader.ts';

export type StoreGuardOptions = {
  readonly store: EventStore;
  readonly bus: Bus;
  readonly registry: NodeRegistry;
  /** Whose signatures on the bus count; none: heads need no signature. */
  readonly trustedKeys: readonly TrustedKey[];
  /** What this replica has folded, whatever the store says now. */
  readonly own: () => FleetState;
  /** How often the store is looked at, milliseconds. */
  readonly checkMs: number;
  /** An operator has begun a new epoch: whatever follows the store must begin anew. */
  readonly onNewEpoch: () => Promise<void>;
  readonly onChange: (verdict: StoreVerdict, before: StoreVerdict) => void;
  readonly onError: (err: unknown) => void;
};

export type StoreGuard = {
  /** Why nothing may be written now, if so. */
  refusal(): OperatingError | undefined;
  verdict(): StoreVerdict;
  /** Whose signatures count here. */
  readonly trustedKeys: readonly TrustedKey[];
  /** Looks at the store now. */
  check(): Promise<StoreVerdict>;
  /** Puts lost commits back, as they were, from this replica's memory and the copies on the bus. */
  restore(): Promise<RepairReport>;
  /** Goes on from what the store has, in a new epoch; with a snapshot: with its content. */
  beginEpoch(by: {
    readonly actor: string;
    readonly message?: string;
    readonly content?: Snapshot;
  }): Promise<RepairReport>;
  stop(): Promise<void>;
};

export type RepairReport = {
  /** Commits put back. */
  readonly restored: number;
  /** What stays lost. */
  readonly missing?: RevisionRange;
  /** Why the copies do not fit the store. */
  readonly forked?: string;
  readonly revision: number;
  readonly epoch: number;
};

/** Commits kept in memory for a store that may lose them. */
const REMEMBERED = 256;

/**
 * Watches that the store still has what it had: against what this replica folded, what the bus keeps and what nodes serve. A store
 * that went back is never followed; nodes stay where they are until an operator repairs it.
 *
 * @source protocol P9, L2
 */
export async function startStoreGuard(options: StoreGuardOptions): Promise<StoreGuard> {
  const { store, bus, registry, own, trustedKeys } = options;
  const subject = subjects(store.fleet);
  const remembered = new Map<number, StoredCommit>();
  let onBus: KnownHead | undefined;
  let verdict: StoreVerdict = { kind: 'ok' };
  let differing: { readonly chainHash: string; readonly state: FleetState } | undefined;
  let looking: Promise<StoreVerdict> | undefined;
  let stopped = false;

  const subscription: Subscription = await bus.watchLatest(subject.head, (encoded) => {
    const opened = openHead(encoded, { fleet: store.fleet, trustedKeys });
    if (isRefusal(opened)) return;
    const { epoch, revision, chainHash } = opened.head;
    onBus = { epoch, revision, chainHash, source: 'the bus' };
  });
  const tail = store.tail(Math.max(0, own().revision - REMEMBERED), (stored) => {
    remembered.set(stored.commit.revision, stored);
    for (const revision of remembered.keys()) {
      if (remembered.size <= REMEMBERED) break;
      remembered.delete(revision);
    }
  });

  function known(): KnownHead | undefined {
    const { epoch, revision, chainHash } = own();
    const served = registry.nodes().flatMap(({ name, serving }): KnownHead[] => {
      if (serving === undefined) return [];
      return [{ epoch: serving.epoch, revision: serving.revision, source: `node ${name}` }];
    });
    return furthest([{ epoch, revision, chainHash, source: 'this replica' }, ...(onBus ? [onBus] : []), ...served]);
  }

  /** Where the store is, with its epoch: from what was folded when that is the same, else read from the store. */
  async function position(): Promise<StorePosition> {
    const head = await store.head();
    const mine = own();
    if (head.chainHash === mine.chainHash) return { ...head, epoch: mine.epoch };
    // Ahead of this replica by commits that are being folded.
    if (head.revision > mine.revision && (await holds(mine))) return { ...head, epoch: await epochAfter(mine) };
    if (differing?.chainHash !== head.chainHash) {
      differing = { chainHash: head.chainHash, state: await readHeadState(store) };
    }
    return { ...head, epoch: differing.state.epoch };
  }

  async function holds({ revision, chainHash }: FleetState): Promise<boolean> {
    const [stored] = await store.read(revision, 1);
    return revision === 0 || stored?.hash === chainHash;
  }

  async function epochAfter(state: FleetState): Promise<number> {
    let epoch = state.epoch;
    for (const { commit } of await store.read(state.revision + 1, REMEMBERED)) epoch = commit.epoch ?? epoch;
    return epoch;
  }

  async function look(): Promise<StoreVerdict> {
    // First what is known, then the store: a commit made meanwhile must not look lost.
    const expected = known();
    const at = await position();
    if (at.epoch > own().epoch && differing?.chainHash === at.chainHash) await options.onNewEpoch();
    if (expected === undefined) return { kind: 'ok' };
    let judged = judgeStore(at, expected, (revision) => remembered.get(revision)?.hash);
    if (judged.kind === 'unclear') {
      const [stored] = await store.read(judged.revision, 1);
      judged = judgeStore(at, expected, (revision) => (stored?.commit.revision === revision ? stored.hash : undefined));
    }
    return judged;
  }

  function check(): Promise<StoreVerdict> {
    looking ??= look()
      .then((judged) => {
        const before = verdict;
        verdict = judged;
        if (before.kind !== judged.kind) options.onChange(judged, before);
        return judged;
      })
      .finally(() => {
        looking = undefined;
      });
    return looking;
  }

  async function report(more: Partial<RepairReport>): Promise<RepairReport> {
    const { revision, epoch } = await readHeadState(store);
    return { restored: 0, ...more, revision, epoch };
  }

  const timer = setInterval(() => {
    if (looking === undefined) check().catch(options.onError);
  }, options.checkMs);

  return {
    refusal: () => refusalOf(verdict),
    verdict: () => verdict,
    trustedKeys,
    check,

    async restore() {
      const judged = await check();
      if (judged.kind !== 'behind') return report({});
      const copies = [...remembered.values(), ...(await readCommitCopies(bus, store.fleet, judged.missing.from))];
      const plan = planRepair(await store.head(), judged.known, copies);
      if (plan.kind === 'forked') return report({ forked: plan.problem });
      // What cannot be proved to be all of it is not put back half: the rest would never fit any more.
      if (plan.kind === 'incomplete') return report({ missing: plan.missing });
      const head = await store.restore(plan.commits);
      if ('problem' in head) return report({ forked: `revision ${head.revision} ${head.problem}` });
      await check();
      return report({ restored: plan.commits.length });
    },

    async beginEpoch({ actor, message, content }) {
      const base = await readHeadState(store);
      const highest = Math.max(base.epoch, known()?.epoch ?? 0);
      const result = await store.append({
        expectedRevision: base.revision,
        commandId: randomUUIDv7(),
        fingerprint: 'restore',
        draft: {
          actor,
          message: message ?? (content === undefined ? 'Accept what the store lost' : 'Restore what the nodes serve'),
          command: 'restore',
          epoch: highest + 1,
          allowShrink: true,
          events: decideRestore(base, content),
        },
      });
      if (result.kind !== 'appended') {
        throw new OperatingError('store-unavailable', 'somebody else changed the store meanwhile; look and try again', {
          retryable: true,
        });
      }
      if (own().revision !== base.revision) await options.onNewEpoch();
      await check();
      const { revision, epoch } = foldCommit(base, result.stored);
      return { restored: 0, revision, epoch };
    },

    async stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      await Promise.all([subscription.unsubscribe(), tail.stop()]);
      await looking?.catch(() => {});
    },
  };
}

function refusalOf(verdict: StoreVerdict): OperatingError | undefined {
  switch (verdict.kind) {
    case 'behind': {
      const { missing, known } = verdict;
      const text = `the store lost revisions ${missing.from} to ${missing.to}, which ${known.source} knows: nothing is written until it is repaired; see penstock repair`;
      return new OperatingError('store-regressed', text);
    }
    case 'forked': {
      const text = `the store has another history than ${verdict.known.source} from revision ${verdict.at} on: nothing is written until it is repaired; see penstock repair`;
      return new OperatingError('store-regressed', text);
    }
    default:
      return undefined;
  }
}
