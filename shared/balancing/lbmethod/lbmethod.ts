import type { ElectionMember } from '../balancing.ts';
import type { WorkerTable } from '../worker-table.ts';

/**
 * The state of one election while candidates are considered one by one. Elections are synchronous, so each thread reuses one
 * of these; `startChoice` clears it.
 */
export type Choice = {
  /** Index in the balancer's members of the best candidate so far; -1 = none yet. */
  best: number;
  /** Row of that candidate. */
  bestSlot: number;
  /** Sum of the lbfactors of all considered: what the winner gives back. */
  total: number;
  /** bytraffic: weighted bytes of the best candidate. */
  cost: number;
};

/** How a balancer prefers one usable worker over another. */
export type LbMethodRule = {
  /**
   * Looks at one usable worker (regular ones in configured order first, then spares); it replaces the best so far only if it
   * is strictly better, so the earlier wins a tie.
   */
  readonly consider: (table: WorkerTable, member: ElectionMember, index: number, choice: Choice) => void;
  /** Accounts for the winner; called once per election that found one. */
  readonly chosen: (table: WorkerTable, choice: Choice) => void;
  /** Forgets the method's history, as httpd does when a balancer changes to this method. */
  readonly reset: (table: WorkerTable, slot: number) => void;
};

export function createChoice(): Choice {
  return { best: -1, bestSlot: -1, total: 0, cost: 0 };
}

export function startChoice(choice: Choice): void {
  choice.best = -1;
  choice.bestSlot = -1;
  choice.total = 0;
  choice.cost = 0;
}

/** Makes a considered worker the best so far. */
export function prefer(choice: Choice, member: ElectionMember, index: number): void {
  choice.best = index;
  choice.bestSlot = member.slot;
}
