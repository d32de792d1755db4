import { createHash, randomUUIDv7 } from 'node:crypto';
import type { Definition } from '#shared/definition/definition.ts';
import {
  type DefinitionChange,
  describeChanges,
  describeOverrideChanges,
} from '#shared/definition/describe-changes.ts';
import { canonicalJson } from '#shared/event/canonical-json.ts';
import type { Commit, FleetEvent, StoredCommit } from '#shared/event/fleet-event.ts';
import { type FleetState, foldCommit, foldEvents } from '#shared/event/fold.ts';
import { commitBatches } from './commit-batches.ts';
import { isAnotherCommand } from './core/command-record.ts';
import { decideApply } from './core/decide/apply.ts';
import { type ClearOverrideCommand, decideClearOverride, decideExpireOverrides } from './core/decide/clear-override.ts';
import type { Decision, Rejection, RejectionType } from './core/decide/decision.ts';
import { decideRollback } from './core/decide/rollback.ts';
import { decideSetOverride, type SetOverrideCommand } from './core/decide/set-override.ts';
import type { StorePosition } from './core/regression.ts';
import { touchedObjects } from './core/touched-objects.ts';
import { OperatingError, type OperatingErrorCode } from './operating-error.ts';
import type { CommandRecord, Durability, EventStore } from './ports.ts';
import { catchUp, readHeadState, readStateAt, regressedStore } from './state-reader.ts';

/** Who asks, and on what terms; the same for every command. */
export type CommandTerms = {
  readonly actor: string;
  readonly message?: string;
  /** Idempotency key: the same command again has the first result. */
  readonly commandId?: string;
  /** Refuse unless this is the current revision. */
  readonly expectedRevision?: number;
  /** Decide, but commit nothing. */
  readonly dryRun?: boolean;
};

export type CommandOutcome =
  | {
      readonly kind: 'committed' | 'unchanged' | 'planned';
      /** The new revision; the current one when nothing was committed. */
      readonly revision: number;
      readonly changes: readonly DefinitionChange[];
      readonly warnings: readonly string[];
      /** The command id was known: this is what happened the first time. */
      readonly replayed: boolean;
      /** What a commit made now survives. */
      readonly durability?: Durability;
    }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

export type CommandHandler = {
  apply(
    command: { readonly definition: Definition; readonly allowShrink?: boolean },
    terms: CommandTerms,
  ): Promise<CommandOutcome>;
  rollback(command: { readonly revision: number }, terms: CommandTerms): Promise<CommandOutcome>;
  setOverride(command: Omit<SetOverrideCommand, 'actor'>, terms: CommandTerms): Promise<CommandOutcome>;
  clearOverride(command: ClearOverrideCommand, terms: CommandTerms): Promise<CommandOutcome>;
  /** Takes back overrides whose time is up. */
  expireOverrides(): Promise<CommandOutcome>;
  /** The fleet at the head, caught up with the store. */
  state(): Promise<FleetState>;
  /** As far as it has been folded, whatever the store holds by now. */
  folded(): FleetState;
  /** As `state`; while the store cannot be reached, what was known last, with the reason. */
  knownState(): Promise<KnownState>;
};

export type KnownState = { readonly state: FleetState; readonly stale?: string };

export type CommandHandlerOptions = {
  readonly store: EventStore;
  /** Commands that may wait for their turn; more are refused as busy. */
  readonly maxWaiting: number;
  /** A checkpoint is saved after this many commits. */
  readonly checkpointEvery: number;
  readonly onCheckpointError: (err: unknown) => void;
  /** Why nothing may be written now, if so; asked before each command. */
  readonly refusal?: () => OperatingError | undefined;
  /** As far as somebody else has followed this store: what it has had by then, it must have still. */
  readonly followed?: () => StorePosition | undefined;
};

/** Times a command is decided again because another replica was quicker. */
const MAX_ATTEMPTS = 8;

/** Faults that take nothing away from what is known already. */
const STILL_READABLE: readonly OperatingErrorCode[] = ['store-unavailable', 'store-regressed', 'corrupt-store'];

type Decide = (state: FleetState) => Decision | Promise<Decision>;

type Execution = {
  readonly command: Commit['command'];
  /** What is asked for, as JSON: the idempotency key is bound to it. */
  readonly request: unknown;
  readonly terms: CommandTerms;
  readonly decide: Decide;
  /** Says the same of another state, after others committed first. */
  readonly decideAgain: (state: FleetState, events: readonly FleetEvent[]) => Decision | Promise<Decision>;
  readonly message: string;
  readonly restores?: number;
  readonly allowShrink?: boolean;
};

/**
 * Turns commands into commits: load, fold, decide, append at the revision decided on. Commands of one process take turns; against
 * other replicas the store's expected revision decides, and a command that touches other objects is decided again.
 */
export async function createCommandHandler(options: CommandHandlerOptions): Promise<CommandHandler> {
  const { store } = options;
  let state = await readHeadState(store);
  let savedRevision = (await store.loadCheckpoint(state.revision))?.revision ?? 0;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  /** One command at a time, in order of arrival, and not too many of them. */
  function inTurn<T>(work: () => Promise<T>, busy: T): Promise<T> {
    if (waiting >= options.maxWaiting) return Promise.resolve(busy);
    waiting++;
    const result = turn.then(work).finally(() => {
      waiting--;
    });
    turn = result.catch(() => {});
    return result;
  }

  async function execute(execution: Execution): Promise<CommandOutcome> {
    const { terms, request } = execution;
    const fingerprint = createHash('sha256')
      .update(canonicalJson({ command: execution.command, request }))
      .digest('hex');
    const refusal = options.refusal?.();
    if (refusal !== undefined) throw refusal;
    const known = terms.commandId === undefined ? undefined : await store.findCommand(terms.commandId);
    if (known !== undefined) return replay(known, fingerprint);
    // Decided on and appended at one and the same state, whatever `state()` does meanwhile.
    let base = await latest();
    const { expectedRevision } = terms;
    if (expectedRevision !== undefined && expectedRevision !== base.revision)
      return mismatch(expectedRevision, base.revision);

    let decision = await execution.decide(base);
    for (let attempt = 1; ; attempt++) {
      if (decision.kind === 'rejected') return decision;
      const { changes, warnings, events } = decision;
      const gainsLeave = execution.allowShrink === true && !base.allowShrink && execution.command === 'apply';
      const isCommit = events.length > 0 || (gainsLeave && base.revision > 0);
      const outcome = (
        kind: 'committed' | 'unchanged' | 'planned',
        revision: number,
        durability?: Durability,
      ): CommandOutcome => ({
        kind,
        revision,
        changes,
        warnings,
        replayed: false,
        ...(durability === undefined ? {} : { durability }),
      });
      if (terms.dryRun === true) return outcome(isCommit ? 'planned' : 'unchanged', base.revision);
      if (!isCommit && terms.commandId === undefined) return outcome('unchanged', base.revision);
      const result = await store.append({
        expectedRevision: base.revision,
        expectedHash: base.chainHash,
        commandId: terms.commandId ?? randomUUIDv7(),
        fingerprint,
        ...(isCommit ? { draft: draftOf(execution, events) } : {}),
      });
      switch (result.kind) {
        case 'appended':
          await checkpoint(taken(base, result.stored));
          return outcome('committed', result.stored.commit.revision, result.durability);
        case 'remembered':
          return outcome('unchanged', result.record.revision);
        case 'duplicate':
          return replay(result.record, fingerprint);
        case 'conflict': {
          if (result.head.revision <= base.revision) throw regressedStore(base, result.head);
          if (expectedRevision !== undefined) return mismatch(expectedRevision, result.head.revision);
          const decidedOn = base.revision;
          // First where it goes on, then what others did up to there: nothing that comes in between is missed.
          base = await latest();
          const others = await touchedSince(decidedOn);
          const shared = [...touchedObjects(events)].filter((object) => others.has(object));
          if (shared.length > 0 || attempt >= MAX_ATTEMPTS) return conflict(shared, base.revision);
          decision = await execution.decideAgain(base, events);
        }
      }
    }
  }

  async function touchedSince(revision: number): Promise<ReadonlySet<string>> {
    const objects = new Set<string>();
    for await (const batch of commitBatches(store, revision + 1)) {
      for (const { commit } of batch) for (const object of touchedObjects(commit.events)) objects.add(object);
    }
    return objects;
  }

  async function replay(record: CommandRecord, fingerprint: string): Promise<CommandOutcome> {
    if (isAnotherCommand(record, fingerprint)) {
      const detail = `idempotency key "${record.commandId}" was used for another command; use a new key for each`;
      return refuse('key-reused', detail);
    }
    const { revision, committed } = record;
    const changes = committed ? await changesOf(revision) : [];
    return { kind: committed ? 'committed' : 'unchanged', revision, changes, warnings: [], replayed: true };
  }

  /** None when what it changed was trimmed since. */
  async function changesOf(revision: number): Promise<readonly DefinitionChange[]> {
    try {
      const before = await readStateAt(store, revision - 1);
      const after = await readStateAt(store, revision);
      return before === undefined || after === undefined ? [] : describeStates(before, after);
    } catch (err) {
      if (err instanceof OperatingError && err.code === 'history-trimmed') return [];
      throw err;
    }
  }

  /** The fleet at the head. Never goes back, though reads do not wait for commands. */
  async function latest(): Promise<FleetState> {
    // First what is known, then the store: a commit made meanwhile must not look lost.
    const followed = options.followed?.();
    const caughtUp = await catchUp(store, state);
    if (followed !== undefined && hasLost(caughtUp, followed)) throw regressedStore(followed, caughtUp);
    if (caughtUp.revision > state.revision) state = caughtUp;
    return state;
  }

  /** The state after a commit made here. The store is not asked: what it took is committed, even if it is gone by now. */
  function taken(base: FleetState, stored: StoredCommit): FleetState {
    const now = foldCommit(base, stored);
    if (now.revision > state.revision) state = now;
    return now;
  }

  /** A checkpoint saves time at the next start and nothing else: failing to save one fails no command. */
  async function checkpoint(now: FleetState): Promise<void> {
    if (now.revision - savedRevision < options.checkpointEvery) return;
    try {
      await store.saveCheckpoint(now);
      savedRevision = now.revision;
    } catch (err) {
      options.onCheckpointError(err);
    }
  }

  /** A whole definition over another state: the same changes, if they do not touch what others changed. */
  function reapply(allowShrink: boolean) {
    return (now: FleetState, events: readonly FleetEvent[]): Decision => {
      const wanted = events.filter(({ type }) => type !== 'override-cleared');
      return decideApply(now, { definition: foldEvents(now, wanted).definition, allowShrink });
    };
  }

  const start = (execution: Execution) =>
    inTurn(() => execute(execution), refuse('busy', 'too many commands wait; try again'));
  /** For commands that name their object: decided afresh. */
  const again = (decide: Decide) => ({ decide, decideAgain: decide });

  return {
    apply({ definition, allowShrink = false }, terms) {
      const decide = (now: FleetState) => decideApply(now, { definition, allowShrink });
      const message = terms.message ?? '';
      const request = { definition, allowShrink };
      return start({
        command: 'apply',
        request,
        terms,
        message,
        allowShrink,
        decide,
        decideAgain: reapply(allowShrink),
      });
    },

    rollback({ revision }, terms) {
      return start({
        command: 'rollback',
        request: { revision },
        terms,
        message: terms.message ?? `Roll back to revision ${revision}`,
        restores: revision,
        allowShrink: true,
        decide: async (now) => {
          const target = revision <= now.revision ? await readStateAt(store, revision) : undefined;
          return decideRollback(now, revision, target);
        },
        decideAgain: reapply(true),
      });
    },

    setOverride(command, terms) {
      const decide = async (now: FleetState) =>
        decideSetOverride(now, { ...command, actor: terms.actor }, await store.now());
      const message = terms.message ?? command.reason ?? '';
      return start({ command: 'set', request: command, terms, message, ...again(decide) });
    },

    clearOverride(command, terms) {
      const decide = (now: FleetState) => decideClearOverride(now, command);
      return start({ command: 'clear', request: command, terms, message: terms.message ?? '', ...again(decide) });
    },

    expireOverrides() {
      const decide = async (now: FleetState) => decideExpireOverrides(now, await store.now());
      const terms = { actor: 'penstock' };
      return start({ command: 'expire', request: {}, terms, message: 'Time is up', ...again(decide) });
    },

    state: latest,
    folded: () => state,

    async knownState() {
      try {
        return { state: await latest() };
      } catch (err) {
        if (!(err instanceof OperatingError && STILL_READABLE.includes(err.code))) throw err;
        return { state, stale: err.message };
      }
    },
  };
}

/** Whether a store that is here is without what was followed of it. */
function hasLost(store: StorePosition, followed: StorePosition): boolean {
  if (store.epoch !== followed.epoch) return store.epoch < followed.epoch;
  if (store.revision !== followed.revision) return store.revision < followed.revision;
  return store.chainHash !== followed.chainHash;
}

/** Everything that differs between two states of a fleet, in an operator's words. */
export function describeStates(before: FleetState, after: FleetState): readonly DefinitionChange[] {
  return [
    ...describeChanges(before.definition, after.definition),
    ...describeOverrideChanges(before.overrides, after.overrides),
  ];
}

function draftOf({ terms, command, message, restores, allowShrink }: Execution, events: readonly FleetEvent[]) {
  return {
    actor: terms.actor,
    message,
    command,
    ...(restores === undefined ? {} : { restores }),
    ...(allowShrink === true ? { allowShrink } : {}),
    events,
  } as const;
}

function refuse(type: RejectionType, detail: string, currentRevision?: number): CommandOutcome {
  return {
    kind: 'rejected',
    rejection: { type, detail, ...(currentRevision === undefined ? {} : { currentRevision }) },
  };
}

function mismatch(expected: number, current: number): CommandOutcome {
  const hint = expected < current ? `: look at penstock diff ${expected} ${current}` : '';
  const detail = `revision ${expected} was expected, but the fleet is at ${current}${hint}`;
  return refuse('revision-mismatch', detail, current);
}

function conflict(shared: readonly string[], current: number): CommandOutcome {
  const what = shared.length === 0 ? 'the fleet' : shared.join(', ');
  return refuse('conflict', `somebody else changed ${what} at the same time; look and try again`, current);
}
