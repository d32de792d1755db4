import type { Definition } from '../definition/definition.ts';
import type { Override } from '../definition/override.ts';

/** The complete configuration nodes serve: definition and overrides at a revision. */
export type Snapshot = {
  readonly fleet: string;
  readonly revision: number;
  readonly definition: Definition;
  readonly overrides: readonly Override[];
  /** Nodes may take it even if it is much smaller than the one before: the operator asked for that. */
  readonly allowShrink?: boolean;
  /** The newest revision that was allowed to shrink: whoever serves an earlier one may take this one. Absent: none was. */
  readonly shrinkAllowedAt?: number;
};
