import { type Bus, subjects } from '#shared/bus.ts';
import type { Ack, NodeError } from '#shared/node-message.ts';
import type { Snapshot } from '#shared/snapshot/snapshot.ts';
import type { ConfigurationStore, Logger } from '../ports.ts';
import { createConfigurationKeeper } from './configuration-keeper.ts';
import { follow } from './follower.ts';
import {
  type Candidate,
  type FollowerEffect,
  type FollowerInput,
  type FollowerRules,
  newFollower,
  type Refusal,
  standingErrors,
} from './follower-state.ts';
import type { ProbationKeeper } from './probation-keeper.ts';
import { swapRetry } from './swap-retry.ts';

export type ConfigurationRunnerOptions = {
  readonly fleet: string;
  readonly rules: FollowerRules;
  readonly bus: Bus;
  readonly store: ConfigurationStore;
  readonly probation: ProbationKeeper;
  readonly log: Logger;
  readonly random: () => number;
  readonly swapTo: (snapshot: Snapshot) => Promise<readonly NodeError[]>;
  readonly acknowledge: (ack: Pick<Ack, 'epoch' | 'revision' | 'stateHash' | 'phase' | 'applyMs' | 'errors'>) => void;
  /** The fleet knows what is served under this revision. */
  readonly onConfirmed: (revision: number) => void;
  readonly onRejected: (revision: number, errors: readonly NodeError[]) => void;
};

export type ConfigurationRunner = ReturnType<typeof createConfigurationRunner>;

/** Does what the follower wants, and tells it what came of it. Time here is this machine's steady clock. */
export function createConfigurationRunner(options: ConfigurationRunnerOptions) {
  const { bus, rules, store, probation, log, random } = options;
  const subject = subjects(options.fleet);
  const keeper = createConfigurationKeeper({ store, probation, log });
  let state = newFollower();
  let swapping: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let tickAtMs = Number.POSITIVE_INFINITY;
  let stopped = false;

  function give(input: FollowerInput): void {
    if (stopped && input.type !== 'swapped' && input.type !== 'swap-failed') return;
    const step = follow(rules, state, input, { nowMs: performance.now(), random });
    state = step.state;
    for (const effect of step.effects) perform(effect);
  }

  function perform(effect: FollowerEffect): void {
    switch (effect.type) {
      case 'fetch-delta': {
        const { revision } = effect;
        void fetched(bus.getLatest(subject.delta(revision))).then((kept) =>
          give({ type: 'fetched-delta', revision, encoded: kept?.payload }),
        );
        return;
      }
      case 'fetch-snapshot': {
        const { revision, hash } = effect;
        void fetched(bus.getObject(subject.snapshot(revision, hash))).then((encoded) =>
          give({ type: 'fetched-snapshot', hash, encoded }),
        );
        return;
      }
      case 'swap':
        if (stopped) return;
        swapping = swapTo(effect.candidate).finally(() => {
          swapping = undefined;
        });
        return;
      case 'ack':
        acknowledge(effect);
        return;
      case 'confirmed':
        options.onConfirmed(effect.revision);
        return;
      case 'tick-at':
        tickAt(effect.atMs);
        return;
      case 'log':
        log[effect.level]({ code: effect.code, ...effect.fields }, effect.text);
    }
  }

  async function swapTo(candidate: Candidate): Promise<void> {
    const { epoch, revision } = candidate.head;
    const sinceMs = performance.now();
    await probation.begin(candidate.head);
    const errors = await options.swapTo(candidate.state.snapshot);
    if (errors.length > 0) {
      await probation.refused();
      give({ type: 'swap-failed', errors, retry: swapRetry(errors) });
      return;
    }
    probation.served();
    const durationMs = Math.round(performance.now() - sinceMs);
    log.info({ code: 'DP1101', snapshotVersion: revision, epoch, durationMs }, 'serving a new configuration');
    const faults = candidate.fromDisk ? [] : await keeper.keep(candidate);
    give({ type: 'swapped', faults });
  }

  function acknowledge({ head, phase, applyMs, errors }: Extract<FollowerEffect, { type: 'ack' }>): void {
    const { epoch, revision, stateHash } = head;
    options.acknowledge({ epoch, revision, stateHash, phase, applyMs, errors });
    if (phase !== 'rejected') return;
    log.error({ code: 'DP1102', snapshotVersion: revision, epoch, durationMs: applyMs, errors }, 'rejected');
    options.onRejected(revision, errors);
  }

  /** Keeps the earliest; whoever still waits then asks again. */
  function tickAt(atMs: number): void {
    if (atMs >= tickAtMs || stopped) return;
    tickAtMs = atMs;
    clearTimeout(timer);
    const waitMs = Math.max(0, Math.ceil(atMs - performance.now()));
    timer = setTimeout(() => {
      tickAtMs = Number.POSITIVE_INFINITY;
      give({ type: 'tick' });
    }, waitMs);
  }

  /** What cannot be had is as good as not there: it is asked for again. */
  function fetched<T>(answer: Promise<T>): Promise<T | undefined> {
    return answer.catch((err) => {
      log.debug({ code: 'DP1118', err }, 'the bus did not answer');
      return undefined;
    });
  }

  return {
    give,
    state: () => state,

    /** Why it does not serve the newest configuration, or would not after a restart. */
    errors(): readonly NodeError[] {
      const fault = keeper.fault();
      return [...standingErrors(state), ...(fault === undefined ? [] : [fault])];
    },

    /** Before anything else. @param crashed not to be taken again */
    begin(crashed: readonly Refusal[]): void {
      state = newFollower(crashed);
    },

    /** Resolves when no swap is under way. */
    async settled(): Promise<void> {
      while (swapping !== undefined) await swapping;
    },

    /** Takes nothing new; ends when a swap under way has. */
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      await swapping;
      await keeper.stop();
    },
  };
}
