import { createHash, randomUUIDv7 } from 'node:crypto';
import { type Bus, type Subscription, subjects } from '#shared/bus.ts';
import { canonicalJson } from '#shared/event/canonical-json.ts';
import { type FleetState, foldCommit } from '#shared/event/fold.ts';
import { isRefusal, openHead } from '#shared/snapshot/open.ts';
import type { TrustedKey } from '#shared/snapshot/signature.ts';
import type { Snapshot } from '#shared/snapshot/snapshot.ts';
import { readCommitCopies } from './commit-copies.ts';
import { startCommitMemory } from './commit-memory.ts';
import { isAnotherCommand } from './core/command-record.ts';
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
import type { CommandRecord, EventStore } from './ports.ts';
import { readHeadState } from './state-reader.ts';
import { goesOnFrom, positionFinder } from './store-position.ts';

export type StoreGuardOptions = {
  readonly store: EventStore;
  readonly bus: Bus;
  readonly registry: NodeRegistry;
  /** Whose signatures on the bus count; none: heads need no signature. */
  readonly trustedKeys: readonly TrustedKey[];
  /** What this replica has folded, whatever the store says now. */
  readonly own: () => FleetState;
  /** As far as whoever publishes has read the store: that may be further, and be lost to a store that went back. */
  readonly followed: () => StorePosition;
  /** How often the store is looked at, milliseconds. */
  readonly checkMs: number;
  /**
   * Whatever follows the store must begin anew: an operator has begun a new epoch, or commits were trimmed before this replica read
   * them. Never called again before it is done.
   */
  readonly beginAnew: (why: 'epoch' | 'trimmed') => Promise<void>;
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
  /**
   * What a repair under this idempotency key came to, if it is done.
   *
   * @throws OperatingError `key-reused` if something else was asked for under it
   */
  done(commandId: string, request: unknown): Promise<RepairReport | undefined>;
  /** Goes on from what the store has, in a new epoch; with a snapshot: with its content. */
  beginEpoch(by: {
    readonly actor: string;
    readonly message?: string;
    readonly content?: Snapshot;
    /** Idempotency key: the same again begins no other epoch. */
    readonly commandId?: string;
    /** What was asked for, as JSON; the key is bound to it. */
    readonly request: unknown;
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

/**
 * Watches that the store still has what it had: against what this replica folded, what the bus keeps and what nodes serve. A store
 * that went back is never followed; nodes stay where they are until an operator repairs it. Has looked once when it is given, so
 * that a replica which starts on such a store writes nothing to it.
 *
 * @source protocol P9, L2
 */
export async function startStoreGuard(options: StoreGuardOptions): Promise<StoreGuard> {
  const { store, bus, registry, own, followed, trustedKeys } = options;
  const subject = subjects(store.fleet);
  let onBus: KnownHead | undefined;
  let verdict: StoreVerdict = { kind: 'ok' };
  let looking: Promise<StoreVerdict> | undefined;
  let renewing: Promise<void> | undefined;
  let stopped = false;
  const position = positionFinder(store, own);
  const memory = await startCommitMemory(store, own().revision);

  function takeHead(encoded: Uint8Array): void {
    const opened = openHead(encoded, { fleet: store.fleet, trustedKeys });
    if (isRefusal(opened)) return;
    const { epoch, revision, chainHash } = opened.head;
    onBus = { epoch, revision, chainHash, source: 'the bus' };
  }

  /** The furthest first; then those that name a chain hash: a store may have gone past them on another way. */
  function known(): readonly KnownHead[] {
    const mine = [own(), followed()].map(({ epoch, revision, chainHash }): KnownHead => {
      return { epoch, revision, chainHash, source: 'this replica' };
    });
    const named = [...mine, ...(onBus ? [onBus] : [])];
    const first = furthest([...named, ...claimedHeads(registry, onBus !== undefined)]);
    return first === undefined ? named : [first, ...named.filter((head) => head !== first)];
  }

  async function look(): Promise<StoreVerdict> {
    // First what is known, then the store: a commit made meanwhile must not look lost.
    const expected = known();
    const at = await position();
    if (at.beginAnew !== undefined) await beginAnew(at.beginAnew);
    if (at.epoch > followed().epoch && !(await goesOnFrom(store, followed()))) await beginAnew('epoch');
    for (const head of expected) {
      const judged = await judge(at, head);
      if (judged.kind !== 'ok') return judged;
    }
    return { kind: 'ok' };
  }

  /** Goes by what the store holds now: what was read of it before may be of a history that it lost. */
  async function judge(at: StorePosition, head: KnownHead): Promise<StoreVerdict> {
    const judged = judgeStore(at, head, () => undefined);
    if (judged.kind !== 'unclear') return judged;
    const [stored] = await store.read(judged.revision, 1);
    const asked = judgeStore(at, head, (revision) => (stored?.commit.revision === revision ? stored.hash : undefined));
    // Trimmed away: nobody can tell any more.
    return asked.kind === 'unclear' ? { kind: 'ok' } : asked;
  }

  /** Once, whoever finds that it must be. */
  function beginAnew(why: 'epoch' | 'trimmed'): Promise<void> {
    renewing ??= options
      .beginAnew(why)
      // What was remembered is of a history that is over.
      .then(() => memory.beginAnew(own().revision))
      .finally(() => {
        renewing = undefined;
      });
    return renewing;
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

  /** A look that began after the store was changed. */
  async function checkAfresh(): Promise<void> {
    await looking?.catch(() => {});
    await check();
  }

  async function report(more: Partial<RepairReport>): Promise<RepairReport> {
    const { revision, epoch } = await readHeadState(store);
    return { restored: 0, ...more, revision, epoch };
  }

  const subscription: Subscription = await bus.watchLatest(subject.head, takeHead);
  try {
    const kept = await bus.getLatest(subject.head);
    if (kept !== undefined) takeHead(kept.payload);
  } catch {
    // The bus is away: the watch tells when it is back.
  }
  await check().catch(options.onError);
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
      if (judged.kind === 'forked') {
        const { at, known: by } = judged;
        return report({ forked: `from revision ${at} on, ${by.source} has another history than the store` });
      }
      if (judged.kind !== 'behind') return report({});
      const head = await store.head();
      let plan = planRepair(head, judged.known, memory.commits());
      if (plan.kind !== 'restore') {
        const copies = await readCommitCopies(bus, store.fleet, judged.missing.from);
        plan = planRepair(head, judged.known, [...memory.commits(), ...copies]);
      }
      if (plan.kind === 'forked') return report({ forked: plan.problem });
      // What cannot be proved to be all of it is not put back half: the rest would never fit any more.
      if (plan.kind === 'incomplete') return report({ missing: plan.missing });
      const end = await store.restore(plan.commits);
      if ('problem' in end) return report({ forked: `revision ${end.revision} ${end.problem}` });
      await checkAfresh();
      return report({ restored: plan.commits.length });
    },

    async done(commandId, request) {
      const record = await store.findCommand(commandId);
      return record === undefined ? undefined : report(keptPromise(record, fingerprintOf(request)));
    },

    async beginEpoch({ actor, message, content, commandId = randomUUIDv7(), request }) {
      const base = await readHeadState(store);
      const fingerprint = fingerprintOf(request);
      const events = decideRestore(base, content);
      if ('type' in events) throw new OperatingError('bad-config', `the configuration is not valid: ${events.detail}`);
      const highest = furthestEpoch([base, ...known()]);
      const result = await store.append({
        expectedRevision: base.revision,
        expectedHash: base.chainHash,
        commandId,
        fingerprint,
        draft: {
          actor,
          message: message ?? (content === undefined ? 'Accept what the store lost' : 'Restore what the nodes serve'),
          command: 'restore',
          epoch: highest + 1,
          allowShrink: true,
          events,
        },
      });
      if (result.kind === 'duplicate') return report(keptPromise(result.record, fingerprint));
      if (result.kind !== 'appended') {
        throw new OperatingError('store-unavailable', 'somebody else changed the store meanwhile; look and try again', {
          retryable: true,
        });
      }
      if (own().chainHash !== base.chainHash) await beginAnew('epoch');
      await checkAfresh();
      const { revision, epoch } = foldCommit(base, result.stored);
      return { restored: 0, revision, epoch };
    },

    async stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      await Promise.all([subscription.unsubscribe(), memory.stop()]);
      await looking?.catch(() => {});
    },
  };
}

/**
 * What nodes say they serve. Nothing proves it: where heads on the bus do, a node alone is not believed, so that one that comes from
 * another fleet with its data directory does not stop this one.
 */
function claimedHeads(registry: Pick<NodeRegistry, 'nodes' | 'liveNodes'>, busKnows: boolean): readonly KnownHead[] {
  const serving = (busKnows ? registry.liveNodes() : registry.nodes()).filter((node) => node.serving !== undefined);
  const claims = Map.groupBy(serving, ({ serving: { epoch = 0, revision = 0, stateHash = '' } = {} }) =>
    [epoch, revision, stateHash].join(),
  );
  return [...claims.values()].flatMap((nodes): KnownHead[] => {
    const [first, second] = nodes;
    if (first?.serving === undefined || (busKnows && second === undefined)) return [];
    const { epoch, revision } = first.serving;
    return [{ epoch, revision, source: `node ${first.name}` }];
  });
}

/** @throws OperatingError if no epoch can come after it */
function furthestEpoch(heads: readonly { readonly epoch: number; readonly source?: string }[]): number {
  const [first] = heads.toSorted((a, b) => b.epoch - a.epoch);
  const { epoch = 0, source = 'the store' } = first ?? {};
  if (Number.isSafeInteger(epoch + 1)) return epoch;
  throw new OperatingError(
    'store-regressed',
    `${source} names epoch ${epoch}, after which there is none: take that away`,
  );
}

function fingerprintOf(request: unknown): string {
  return createHash('sha256')
    .update(canonicalJson({ command: 'restore', request }))
    .digest('hex');
}

/** A command id that is known already: the same is not done again, and another is not taken for done. */
function keptPromise(record: CommandRecord, fingerprint: string): Partial<RepairReport> {
  if (!isAnotherCommand(record, fingerprint)) return {};
  const text = `idempotency key "${record.commandId}" was used for another command; use a new key for each`;
  throw new OperatingError('key-reused', text);
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
