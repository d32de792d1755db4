import { isUsable, WorkerStatus } from '../definition/worker-status.ts';

/** One member of a balancer as panic looks at it. */
export type PanicMember = {
  readonly lbset: number;
  /** `WorkerStatus` bits; FLEET_DOWN among them says nothing here. */
  readonly status: number;
  /** A verdict against it holds here. */
  readonly verdict: boolean;
};

/** Where verdicts are ignored: nowhere, in one lbset, or in the whole balancer. */
export type Panic =
  | { readonly kind: 'none' }
  | { readonly kind: 'set'; readonly lbset: number }
  | { readonly kind: 'all' };

export const DEFAULT_PANIC = 50;

/**
 * Decides whether verdicts have taken out so much that they are more likely wrong than right. The set in question is the one that
 * would serve: the lowest with a usable worker left. If verdicts leave it less than `percent` of the workers it would have
 * without them, they are ignored there; if they leave no worker in any set, they are ignored altogether. Workers that an operator or
 * this node's own experience has taken out count on neither side, and stay out whatever is decided here. Draining workers serve
 * nobody new, so they do not count either.
 *
 * @param percent `panic=`, 0..100; 0: never but for the last worker
 */
export function decidePanic(members: readonly PanicMember[], percent: number): Panic {
  const sets = new Map<number, { usable: number; kept: number }>();
  for (const { lbset, status, verdict } of members) {
    if (!isUsable(status & ~WorkerStatus.FLEET_DOWN) || (status & WorkerStatus.DRAIN) !== 0) continue;
    const set = sets.get(lbset) ?? { usable: 0, kept: 0 };
    set.usable++;
    if (!verdict) set.kept++;
    sets.set(lbset, set);
  }
  let serving: number | undefined;
  for (const [lbset, { kept }] of sets) {
    if (kept > 0 && (serving === undefined || lbset < serving)) serving = lbset;
  }
  if (serving === undefined) return sets.size === 0 ? { kind: 'none' } : { kind: 'all' };
  const { usable = 0, kept = 0 } = sets.get(serving) ?? {};
  return kept * 100 < usable * percent ? { kind: 'set', lbset: serving } : { kind: 'none' };
}

/** Whether a member's verdict counts. */
export function verdictCounts({ lbset, verdict }: Pick<PanicMember, 'lbset' | 'verdict'>, panic: Panic): boolean {
  return verdict && panic.kind !== 'all' && !(panic.kind === 'set' && panic.lbset === lbset);
}
