import { refuseBadKey, refuseBadSubject, refuseToPublish } from '../bus-subject.ts';

/** All that is kept: what the stream takes. */
export function keptPrefix(fleet: string): string {
  return `penstock.v1.${fleet}.keep.`;
}

/** Where the stream sends on what it has stored, each message with its version. */
export function livePrefix(fleet: string): string {
  return `penstock.v1.${fleet}.live.`;
}

/** Keys by the subjects they are seen under. */
export function createNames(fleet: string) {
  const kept = keptPrefix(fleet);
  const live = livePrefix(fleet);
  return {
    /** @throws Error for a key of another fleet */
    refuseBadKey(key: string, wildcards: boolean): void {
      refuseBadKey(key, wildcards);
      if (!key.startsWith(kept)) throw new Error(`bad key "${key}": want ${kept}<name>, this bus is of one fleet`);
    },
    refuseToPublish(subject: string): void {
      refuseToPublish(subject);
      if (subject.startsWith(live)) throw new Error(`"${subject}" is what the stream sends on: use putLatest`);
    },
    /**
     * The subject to listen on. A pattern wider than the kept keys is its own: then the raw put is heard, and what is
     * sent on is left out by `heard`.
     */
    toListen(pattern: string): string {
      refuseBadSubject(pattern, true);
      return pattern.startsWith(kept) ? live + pattern.slice(kept.length) : pattern;
    },
    /** Subject as subscribers know it; undefined for what they are not to hear (twice). */
    heard(pattern: string, subject: string): string | undefined {
      if (!subject.startsWith(live)) return subject;
      return pattern.startsWith(kept) ? kept + subject.slice(live.length) : undefined;
    },
  };
}

export type Names = ReturnType<typeof createNames>;
