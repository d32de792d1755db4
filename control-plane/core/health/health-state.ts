import { unreachable } from '#shared/assert.ts';
import { canonicalBytes } from '#shared/event/canonical-json.ts';
import type { HealthEntry, HealthEvent, Witness } from '#shared/health/health-event.ts';
import { workerKey } from '#shared/health/verdict.ts';

/** The fleet's verdicts as the health log has them. Every replica that folded the same entries has the same. */
export type HealthState = {
  /** Of the last entry folded; 0 before the first. */
  readonly version: number;
  /** Every worker that is not available, by `workerKey`. */
  readonly verdicts: ReadonlyMap<string, StandingVerdict>;
  /** Present while no worker may be taken out. */
  readonly frozen?: Since & { readonly reason: string };
};

/** A verdict that a worker is unavailable. */
export type StandingVerdict = Since & {
  readonly balancer: string;
  readonly worker: string;
  /** Zones it holds for, sorted; empty: everywhere. */
  readonly zones: readonly string[];
  /** The policy it was made under. */
  readonly policy: string;
  readonly reason: string;
  readonly witnesses: readonly Witness[];
};

/** Which entry made it: version, and epoch milliseconds by the store's clock. */
export type Since = { readonly since: number; readonly sinceMs: number };

export const NO_VERDICTS: HealthState = { version: 0, verdicts: new Map() };

/** Folds one entry of the health log; an entry that is not newer than the state changes nothing. */
export function foldHealth(state: HealthState, entry: HealthEntry): HealthState {
  if (entry.version <= state.version) return state;
  const since = { since: entry.version, sinceMs: entry.timeMs };
  const verdicts = new Map(state.verdicts);
  let frozen = state.frozen;
  for (const event of entry.events) {
    switch (event.type) {
      case 'worker-unavailable':
        verdicts.set(workerKey(event), standing(event, since));
        break;
      case 'worker-available':
        verdicts.delete(workerKey(event));
        break;
      case 'verdicts-frozen':
        frozen = { ...since, reason: event.reason };
        break;
      case 'verdicts-resumed':
        frozen = undefined;
        break;
      default:
        unreachable(event);
    }
  }
  return { version: entry.version, verdicts, ...(frozen === undefined ? {} : { frozen }) };
}

function standing(event: Extract<HealthEvent, { type: 'worker-unavailable' }>, since: Since): StandingVerdict {
  const { type: _, ...verdict } = event;
  return { ...verdict, ...since };
}

const CHECKPOINT_VERSION = 1;

/** A checkpoint of the fold: canonical JSON, so that replicas save the same bytes for the same version. */
export function encodeHealthState({ version, verdicts, frozen }: HealthState): Uint8Array {
  const sorted = [...verdicts.keys()].sort().map((key) => verdicts.get(key));
  return canonicalBytes({ checkpointVersion: CHECKPOINT_VERSION, version, verdicts: sorted, frozen });
}

/** @returns undefined for bytes that are damaged or that this build does not know: the log is then read from its beginning */
export function decodeHealthState(bytes: Uint8Array): HealthState | undefined {
  try {
    const { checkpointVersion, version, verdicts, frozen } = JSON.parse(new TextDecoder().decode(bytes)) as {
      readonly checkpointVersion: number;
      readonly version: number;
      readonly verdicts: readonly StandingVerdict[];
      readonly frozen?: HealthState['frozen'];
    };
    if (checkpointVersion !== CHECKPOINT_VERSION) return undefined;
    const byKey = new Map(verdicts.map((verdict) => [workerKey(verdict), verdict]));
    return { version, verdicts: byKey, ...(frozen === undefined ? {} : { frozen }) };
  } catch {
    return undefined;
  }
}
