import type { FleetState } from '#shared/event/fold.ts';
import { decideApply } from './apply.ts';
import { type Decision, rejected } from './decision.ts';

/**
 * Makes an old revision's definition the fleet's again, as a new commit; revisions never go back. Overrides stay as they are:
 * they are about workers' condition now, not then. Only those of workers that the old definition lacks are cleared.
 *
 * @param target the fleet at the revision to go back to; undefined when there is no such revision
 */
export function decideRollback(state: FleetState, revision: number, target: FleetState | undefined): Decision {
  if (target === undefined || revision < 1) {
    const have = state.revision === 0 ? 'there are none yet' : `there are 1 to ${state.revision}`;
    return rejected('unknown-revision', `there is no revision ${revision}; ${have}`);
  }
  // It was served before, so its size needs no leave.
  const decision = decideApply(state, { definition: target.definition, allowShrink: true });
  if (decision.kind === 'rejected' || state.overrides.size === 0) return decision;
  const kept = 'a rollback restores the definition only: overrides stay in force (penstock workers shows them)';
  return { ...decision, warnings: [...decision.warnings, kept] };
}
