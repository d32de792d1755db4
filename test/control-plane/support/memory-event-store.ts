import { randomUUIDv7 } from 'node:crypto';
import { type ChainHead, GENESIS, isChainBreak, verifyLink } from '#shared/event/commit-chain.ts';
import type { StoredCommit } from '#shared/event/fleet-event.ts';
import type { FleetState } from '#shared/event/fold.ts';
import { growingSource, logTails } from '../../../control-plane/adapters/log-tail.ts';
import { continueChain, headBefore, isExpected } from '../../../control-plane/adapters/stored-commit.ts';
import { UNKNOWN_FINGERPRINT } from '../../../control-plane/core/command-record.ts';
import { sealDraft } from '../../../control-plane/core/seal-draft.ts';
import { OperatingError } from '../../../control-plane/operating-error.ts';
import type { Clock, CommandRecord, EventStore } from '../../../control-plane/ports.ts';
import { regressedStore } from '../../../control-plane/state-reader.ts';

const DAY_MS = 86_400_000;

/** An event store in memory: the fake that unit tests use, under the same contract as the real ones. */
export function memoryEventStore(options: { readonly fleet?: string; readonly clock?: Clock } = {}): EventStore {
  const { fleet = 'default', clock = Date.now } = options;
  let commits: StoredCommit[] = [];
  const commands = new Map<string, CommandRecord & { readonly timeMs: number }>();
  const checkpoints = new Map<number, FleetState>();
  let closed = false;

  const headNow = (): ChainHead => {
    const last = commits.at(-1);
    return last === undefined ? GENESIS : { revision: last.commit.revision, chainHash: last.hash };
  };
  const firstNow = () => commits[0]?.commit.revision ?? 1;
  const readNow = (from: number, limit: number) => {
    const start = Math.max(0, from - firstNow());
    return commits.slice(start, start + limit);
  };
  const tails = logTails(
    growingSource(readNow, ({ commit }) => commit.revision),
    (err) => {
      throw err;
    },
  );

  function recall(commandId: string): CommandRecord | undefined {
    const record = commands.get(commandId);
    if (record === undefined) return undefined;
    const { timeMs: _, ...rest } = record;
    return rest;
  }

  async function whenOpen<T>(work: () => T): Promise<T> {
    if (closed) throw new OperatingError('closed', 'the event store is closed');
    return work();
  }

  return {
    fleet,
    append: (request) =>
      whenOpen(() => {
        const { commandId, fingerprint, draft } = request;
        const record = recall(commandId);
        if (record !== undefined) return { kind: 'duplicate', record };
        const head = headNow();
        if (!isExpected(request, head)) return { kind: 'conflict', head };
        const timeMs = clock();
        for (const [id, command] of commands) if (command.timeMs < timeMs - DAY_MS) commands.delete(id);
        const committed = draft !== undefined;
        const made = { commandId, fingerprint, revision: head.revision + (committed ? 1 : 0), committed };
        commands.set(commandId, { ...made, timeMs });
        if (draft === undefined) return { kind: 'remembered', record: made };
        const stored = sealDraft(head, draft, { fleet, id: randomUUIDv7(), commandId, timeMs });
        commits.push(stored);
        tails.wake();
        return { kind: 'appended', stored, durability: { level: 'memory', replicas: 0 } };
      }),
    findCommand: (commandId) => whenOpen(() => recall(commandId)),
    read: (from, limit) => whenOpen(() => readNow(from, limit)),
    head: () => whenOpen(headNow),
    now: () => whenOpen(clock),
    tail: (after, listener) => tails.start(after, listener),
    firstRevision: () => whenOpen(firstNow),
    trim: (beforeRevision) =>
      whenOpen(() => {
        const from = Math.max(...[...checkpoints.keys()].filter((revision) => revision <= beforeRevision));
        for (const revision of checkpoints.keys()) if (revision < from) checkpoints.delete(revision);
        commits = commits.filter(({ commit }) => commit.revision >= from);
        return firstNow();
      }),
    restore: (lost) =>
      whenOpen(() => {
        const continued = continueChain(headNow(), lost, fleet);
        if ('problem' in continued) return continued;
        commits.push(...continued.commits);
        for (const { commit } of continued.commits) {
          const { commandId, revision } = commit;
          if (commands.has(commandId)) continue;
          commands.set(commandId, {
            commandId,
            fingerprint: UNKNOWN_FINGERPRINT,
            revision,
            committed: true,
            timeMs: clock(),
          });
        }
        tails.wake();
        return continued.head;
      }),
    saveCheckpoint: (state) =>
      whenOpen(() => {
        const head = headNow();
        if (
          state.revision > head.revision ||
          (state.revision === head.revision && state.chainHash !== head.chainHash)
        ) {
          throw regressedStore(state, head);
        }
        checkpoints.set(state.revision, state);
        for (const old of [...checkpoints.keys()].toSorted((a, b) => b - a).slice(3)) checkpoints.delete(old);
      }),
    loadCheckpoint: (atOrBefore) =>
      whenOpen(() =>
        checkpoints.get(Math.max(...[...checkpoints.keys()].filter((revision) => revision <= atOrBefore))),
      ),
    verify: () =>
      whenOpen(() => {
        const [first] = commits;
        let head = first === undefined ? GENESIS : headBefore({ ...first, revision: first.commit.revision });
        for (const stored of commits) {
          const next = verifyLink(head, { ...stored, revision: stored.commit.revision });
          if (isChainBreak(next)) return { ok: false, ...next };
          head = next;
        }
        return { ok: true, head };
      }),
    async close() {
      closed = true;
      await tails.stop();
    },
  };
}
