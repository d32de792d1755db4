import type { HealthFrame, Verdict } from '#shared/health/health-frame.ts';
import type { HealthConfig } from './health-config.ts';
import type { HealthState } from './health-state.ts';

export type FrameTerms = {
  readonly fleet: string;
  readonly periodMs: number;
  readonly membersVersion: string;
  /** Most bytes an encoded frame may have. */
  readonly maxBytes: number;
};

/** A frame, and how many verdicts it had no room for. */
export type BoundedFrame = { readonly frame: HealthFrame; readonly left: number };

/** Longest reason of a verdict in a frame, characters; the log keeps it whole. */
const MAX_REASON = 120;

/**
 * All verdicts on configured workers, in the order of their keys, so that replicas publish the same bytes. A frame that would be
 * larger than a message may be goes without reasons; what is still too much is left out, the newest verdicts first.
 */
export function frameOf(state: HealthState, config: HealthConfig, terms: FrameTerms): BoundedFrame {
  const { fleet, periodMs, membersVersion, maxBytes } = terms;
  const all = [...state.verdicts.entries()]
    .filter(([key]) => config.workers.has(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { balancer, worker, zones, reason, since }]): Verdict => {
      return { balancer, worker, zones, reason: shortened(reason), since };
    });
  const roomBytes = maxBytes - FRAME_BYTES - (state.frozen === undefined ? 0 : byteLength(state.frozen.reason));
  const unavailable = fitting(all, roomBytes);
  return {
    frame: {
      fleet,
      version: state.version,
      periodMs,
      unavailable,
      ...(state.frozen === undefined ? {} : { frozen: state.frozen.reason }),
      membersVersion,
    },
    left: all.length - unavailable.length,
  };
}

/** More than everything but verdicts and the freezing's reason takes: fleet, numbers, a hash, tags. */
const FRAME_BYTES = 256;

function fitting(verdicts: readonly Verdict[], roomBytes: number): readonly Verdict[] {
  if (total(verdicts) <= roomBytes) return verdicts;
  const bare = verdicts.map((verdict) => ({ ...verdict, reason: '' }));
  if (total(bare) <= roomBytes) return bare;
  const kept = new Set<Verdict>();
  let bytes = 0;
  for (const verdict of bare.toSorted((a, b) => a.since - b.since)) {
    bytes += sizeOf(verdict);
    if (bytes > roomBytes) break;
    kept.add(verdict);
  }
  return bare.filter((verdict) => kept.has(verdict));
}

function total(verdicts: readonly Verdict[]): number {
  return verdicts.reduce((sum, verdict) => sum + sizeOf(verdict), 0);
}

/** At least as much as it takes: each text has a tag and a length of up to three bytes, a number up to ten. */
function sizeOf({ balancer, worker, zones, reason }: Verdict): number {
  const texts = [balancer, worker, reason, ...zones];
  return texts.reduce((sum, text) => sum + 4 + byteLength(text), 16);
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}

function shortened(reason: string): string {
  if (reason.length <= MAX_REASON) return reason;
  return `${reason.slice(0, MAX_REASON - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
