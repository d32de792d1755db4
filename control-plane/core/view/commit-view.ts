import type { DefinitionChange } from '#shared/definition/describe-changes.ts';
import { changeText } from '#shared/definition/describe-changes.ts';
import type { Commit, StoredCommit } from '#shared/event/fleet-event.ts';

/** A commit in a list. */
export type CommitSummary = {
  readonly revision: number;
  /** ISO 8601. */
  readonly time: string;
  readonly actor: string;
  readonly command: Commit['command'];
  readonly message: string;
  /** Of a rollback: the revision whose definition it restored. */
  readonly restores?: number;
  readonly events: number;
  readonly hash: string;
};

export function commitSummary({ commit, hash }: StoredCommit): CommitSummary {
  const { revision, timeMs, actor, command, message, restores, events } = commit;
  return {
    revision,
    time: new Date(timeMs).toISOString(),
    actor,
    command,
    message,
    ...(restores === undefined ? {} : { restores }),
    events: events.length,
    hash,
  };
}

/** A change with its one-line form. */
export type ChangeView = DefinitionChange & { readonly text: string };

export function changeViews(changes: readonly DefinitionChange[]): readonly ChangeView[] {
  return changes.map((change) => ({ ...change, text: changeText(change) }));
}
