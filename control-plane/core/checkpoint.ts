import { createHash } from 'node:crypto';
import type { Override } from '#shared/definition/override.ts';
import { canonicalBytes } from '#shared/event/canonical-json.ts';
import { type FleetState, overrideKey } from '#shared/event/fold.ts';

/** A checkpoint as stored: canonical JSON and its SHA-256, so that a damaged one is noticed and an older one used. */
export type EncodedCheckpoint = { readonly bytes: Uint8Array; readonly digest: string };

const VERSION = 3;

export function encodeCheckpoint(state: FleetState): EncodedCheckpoint {
  const bytes = canonicalBytes({ ...state, overrides: [...state.overrides.values()], checkpointVersion: VERSION });
  return { bytes, digest: digestOf(bytes) };
}

/** @returns undefined when the bytes are damaged or of a version this build does not know: replay then starts earlier */
export function decodeCheckpoint({ bytes, digest }: EncodedCheckpoint): FleetState | undefined {
  if (digestOf(bytes) !== digest) return undefined;
  const { checkpointVersion, overrides, ...state } = JSON.parse(new TextDecoder().decode(bytes)) as Omit<
    FleetState,
    'overrides'
  > & { readonly overrides: readonly Override[]; readonly checkpointVersion: number };
  if (checkpointVersion !== VERSION) return undefined;
  return { ...state, overrides: new Map(overrides.map((override) => [overrideKey(override), override])) };
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
