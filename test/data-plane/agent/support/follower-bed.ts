import type { NodeError } from '#shared/node-message.ts';
import type { TrustedKey } from '#shared/snapshot/signature.ts';
import { follow } from '../../../../data-plane/agent/follower.ts';
import {
  FOLLOWER_DEFAULTS,
  type FollowerEffect,
  type FollowerInput,
  type FollowerRules,
  type FollowerState,
  newFollower,
} from '../../../../data-plane/agent/follower-state.ts';
import { createProof } from '../../../../data-plane/agent/proof.ts';
import type { PublishedRevision } from '../../../support/fleet-history.ts';

export const FLEET = 'fleet';

/** Drives a follower by hand; what it wants is gathered until it is looked at. */
export function followerBed(options: { trusted?: readonly TrustedKey[]; state?: FollowerState; rules?: object } = {}) {
  const proof = createProof({ fleet: FLEET, trustedKeys: options.trusted ?? [] });
  const rules: FollowerRules = { ...FOLLOWER_DEFAULTS, ...options.rules, proof };
  let state = options.state ?? newFollower();
  let effects: FollowerEffect[] = [];
  let nowMs = 0;

  function give(input: FollowerInput): void {
    const step = follow(rules, state, input, { nowMs, random: () => 1 });
    state = step.state;
    effects.push(...step.effects);
  }

  return {
    give,
    proof,
    head: (published: PublishedRevision) => give({ type: 'head', encoded: published.signedHead }),
    delta: (published: PublishedRevision) => give({ type: 'delta', encoded: published.delta }),
    answerDelta: (revision: number, published?: PublishedRevision) =>
      give({ type: 'fetched-delta', revision, encoded: published?.delta }),
    answerSnapshot: (hash: string, published?: PublishedRevision) =>
      give({ type: 'fetched-snapshot', hash, encoded: published?.snapshotBytes }),
    swapped: (faults: readonly NodeError[] = []) => give({ type: 'swapped', faults }),
    /** Takes it whole, and serves it. */
    serve(published: PublishedRevision, fromDisk = false): void {
      const read = proof.readKept(published.kept);
      if ('error' in read) throw new Error(read.error);
      give({ type: 'offered', configuration: read.configuration, fromDisk });
      give({ type: 'swapped', faults: [] });
      effects = [];
    },
    after(ms: number): void {
      nowMs += ms;
      give({ type: 'tick' });
    },
    now: () => nowMs,
    state: () => state,
    /** What it wanted since it was last asked, in short. */
    wants(): string[] {
      const words = effects.flatMap(inShort);
      effects = [];
      return words;
    },
    effects(): FollowerEffect[] {
      const all = effects;
      effects = [];
      return all;
    },
  };
}

function inShort(effect: FollowerEffect): string[] {
  switch (effect.type) {
    case 'fetch-delta':
      return [`fetch delta ${effect.revision}`];
    case 'fetch-snapshot':
      return [`fetch snapshot ${effect.revision}`];
    case 'swap':
      return [`swap to ${effect.candidate.head.revision}`];
    case 'ack':
      return [[effect.head.revision, effect.phase, ...effect.errors.map(({ code }) => code)].join(' ')];
    case 'confirmed':
      return [`confirmed ${effect.revision}`];
    case 'tick-at':
      return [`tick at ${effect.atMs}`];
    case 'log':
      return [effect.code];
  }
}
