import type { NodeError } from '#shared/node-message.ts';
import { configurationName } from './configuration-store.ts';
import { type Identity, identityOf, type Refusal } from './follower-state.ts';

/**
 * Which configurations this node has outlived, and which it has not. A value; written down before each swap, so that the run after a
 * crash knows. A configuration is on probation from the swap to it until it has been served for a while, or the node stops in
 * good order.
 */
export type Probation = {
  readonly suspect?: Identity;
  /** What the process said when it died with the suspect; without a word, it may as well have been killed, or the machine was. */
  readonly fault?: string;
  /** The death before was without a word, too, and nothing has lasted since. */
  readonly forgiven?: true;
  /** Oldest first. */
  readonly crashed: readonly Identity[];
  /** Served longer than probation, oldest first. */
  readonly proven: readonly Identity[];
};

const MAX_CRASHED = 16;
const MAX_PROVEN = 4;

export const NO_PROBATION: Probation = { crashed: [], proven: [] };

/** Before the swap. One that was proved once is not doubted again. */
export function beginProbation(probation: Probation, { epoch, revision, chainHash, stateHash }: Identity): Probation {
  const { suspect: _, fault: __, ...rest } = probation;
  const identity = { epoch, revision, chainHash, stateHash };
  return probation.proven.some(same(identity)) ? rest : { ...rest, suspect: identity };
}

/** What is served has been for long enough. */
export function passProbation(probation: Probation): Probation {
  const { suspect, fault: _, forgiven: __, ...rest } = probation;
  if (suspect === undefined) return rest;
  const crashed = probation.crashed.filter((other) => !same(suspect)(other));
  return { ...rest, crashed, proven: [...probation.proven, suspect].slice(-MAX_PROVEN) };
}

/** The process dies of a fault of its own. @param fault why, in short */
export function failProbation(probation: Probation, fault: string): Probation {
  return probation.suspect === undefined ? probation : { ...probation, fault };
}

/** The node stops in good order: nothing is known of the suspect, either way. */
export function suspendProbation(probation: Probation): Probation {
  const { suspect: _, fault: __, forgiven: ___, ...rest } = probation;
  return rest;
}

/** What a run begins with. */
export type Boot = {
  readonly probation: Probation;
  /** Which of the kept configurations to try, in this order; names as in `kept`. */
  readonly order: readonly string[];
  /** Which one has crashed the run before. */
  readonly culprit: Identity | undefined;
  /** Which one the run before died with, for a reason that may be another; it gets a second chance. */
  readonly forgiven: Identity | undefined;
};

/**
 * After a crash: the suspect is not tried again, and those proved go before those that are not, so that a crash costs one step back
 * and no more. If nothing else can be read, a configuration that crashed is more than nothing. A death without a word (SIGKILL, no memory
 * left, no power) is a crash only if the one before it was of that kind: a power cut after an edit must not have the fleet refuse it.
 *
 * @param kept `configurationName`s of what is on disk, newest first
 * @source protocol section 5, poison config
 */
export function bootFrom(probation: Probation, kept: readonly string[]): Boot {
  const { suspect, fault, forgiven: before, ...rest } = probation;
  const isCrash = suspect !== undefined && (fault !== undefined || before === true);
  const [culprit, forgiven] = isCrash ? [suspect, undefined] : [undefined, suspect];
  const crashed =
    culprit === undefined ? probation.crashed : [...probation.crashed.filter((one) => !same(culprit)(one)), culprit];
  const stillForgiven = !isCrash && (forgiven !== undefined || before === true);
  const next = { ...rest, ...(stillForgiven ? { forgiven: true as const } : {}), crashed: crashed.slice(-MAX_CRASHED) };
  const unsound = new Set(crashed.map(configurationName));
  // Proven ones first only after a crash: otherwise the newest is as good as any.
  const proven = new Set(culprit === undefined ? [] : probation.proven.map(configurationName));
  const rank = (name: string) => (unsound.has(name) ? 2 : proven.has(name) ? 0 : 1);
  const order = [0, 1, 2].flatMap((group) => kept.filter((name) => rank(name) === group));
  return { probation: next, order, culprit, forgiven };
}

/** What the follower is not to take again. */
export function crashRefusals({ crashed }: Probation): Refusal[] {
  return crashed.map((one) => ({
    epoch: one.epoch,
    revision: one.revision,
    stateHash: one.stateHash,
    identity: identityOf(one),
    errors: [crashError(one)],
    passing: false,
    told: false,
  }));
}

function crashError({ revision }: Identity): NodeError {
  const text = `the node died soon after it swapped to revision ${revision} and went back; a newer revision is tried`;
  return { object: `snapshot ${revision}`, code: 'crash', text };
}

/** Reads what `JSON.stringify` made of it. @throws Error if it is something else */
export function parseProbation(json: string): Probation {
  const { suspect, fault, forgiven, crashed, proven } = JSON.parse(json) as Record<keyof Probation, unknown>;
  return {
    ...(suspect === undefined ? {} : { suspect: identityFrom(suspect) }),
    ...(fault === undefined ? {} : { fault: String(fault) }),
    ...(forgiven === true ? { forgiven } : {}),
    crashed: listFrom(crashed),
    proven: listFrom(proven),
  };
}

function listFrom(value: unknown): Identity[] {
  if (!Array.isArray(value)) throw new Error(`${JSON.stringify(value)} is no list of configurations`);
  return value.map(identityFrom);
}

function identityFrom(value: unknown): Identity {
  const { epoch, revision, chainHash, stateHash } = (value ?? {}) as Record<keyof Identity, unknown>;
  if (
    typeof epoch === 'number' &&
    typeof revision === 'number' &&
    typeof chainHash === 'string' &&
    typeof stateHash === 'string'
  ) {
    return { epoch, revision, chainHash, stateHash };
  }
  throw new Error(`${JSON.stringify(value)} names no configuration: want epoch, revision, chainHash and stateHash`);
}

function same(one: Identity): (other: Identity) => boolean {
  const identity = identityOf(one);
  return (other) => identityOf(other) === identity;
}
