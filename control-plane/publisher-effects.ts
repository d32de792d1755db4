import { createHash } from 'node:crypto';
import { unreachable } from '#shared/assert.ts';
import { type Bus, BusError, subjects } from '#shared/bus.ts';
import type { Head } from '#shared/snapshot/head.ts';
import { assemble, isRefusal } from '#shared/snapshot/open.ts';
import { putCommitCopy, putOnce, revisionOfKey } from './commit-copies.ts';
import { readHead } from './core/publishing/heads.ts';
import type { Audit, EffectFailure, PublisherEffect, PublisherResult } from './core/publishing/publisher-state.ts';
import type { EventStore } from './ports.ts';

/** Carries out what the publisher's core decided, on bus and store. */
export type EffectRunner = {
  /** @throws whatever bus or store throw: `failureOf` says what that means */
  run(effect: PublisherEffect): Promise<PublisherResult>;
};

export function effectRunner(store: EventStore, bus: Bus): EffectRunner {
  const { fleet } = store;
  const names = subjects(fleet);
  /** Of what was built last with success: unchanged, it need not be built again. */
  let proved = '';

  async function run(effect: PublisherEffect): Promise<PublisherResult> {
    const { type } = effect;
    switch (type) {
      case 'audit':
        return audit();
      case 'read-head':
        return { type, kept: await bus.getLatest(names.head) };
      case 'look-up':
        return lookUp(effect.revision, effect.own);
      case 'put-delta':
        await putOnce(bus, names.delta(effect.revision), effect.payload);
        return { type, revision: effect.revision };
      case 'put-snapshot': {
        const { revision, hash, payload } = effect;
        await bus.putObject(names.snapshot(revision, hash), payload);
        return { type, revision, hash, size: payload.length };
      }
      case 'put-head': {
        const { head, payload, ifVersion } = effect;
        return { type, head, payload, version: await bus.putLatest(names.head, payload, { ifVersion }) };
      }
      case 'put-copy':
        await putCommitCopy(bus, fleet, effect.stored);
        return { type, revision: effect.stored.commit.revision };
      case 'copy-commits':
        return copyCommits(effect.revisions);
      case 'remove':
        for (const key of effect.keys) await bus.remove(key);
        for (const name of effect.objects) await bus.removeObject(name);
        return effect;
      default:
        return unreachable(effect);
    }
  }

  /** Comes to the kept configuration as a node does that has nothing but the bus. */
  async function audit(): Promise<PublisherResult> {
    const kept = await bus.getLatest(names.head);
    const head = kept && readHead(kept.payload, fleet)?.head;
    const built = head === undefined ? { snapshotBytes: 0 } : await build(head);
    const [deltas, commits] = [await bus.keys(names.allDeltas), await bus.keys(names.allCommits)];
    const objects = [...(await bus.objects(names.allSnapshots)), ...(await bus.objects(names.allCommitObjects))];
    return {
      type: 'audit',
      kept,
      audit: { ...built, deltas: deltas.map(revisionOfKey), commits: commits.map(revisionOfKey), objects },
    };
  }

  async function build(head: Head): Promise<Pick<Audit, 'problem' | 'snapshotBytes'>> {
    const { revision, snapshotRevision } = head;
    const snapshot = await bus.getObject(names.snapshot(snapshotRevision, head.snapshotHash));
    if (snapshot === undefined) return { problem: `snapshot ${snapshotRevision} is not there`, snapshotBytes: 0 };
    const snapshotBytes = snapshot.length;
    const deltas: Uint8Array[] = [];
    for (let at = snapshotRevision + 1; at <= revision; at++) {
      const delta = await bus.getLatest(names.delta(at));
      if (delta === undefined) return { problem: `delta ${at} is not there`, snapshotBytes };
      deltas.push(delta.payload);
    }
    const digest = createHash('sha256').update(`${revision} ${head.stateHash} `);
    for (const bytes of [snapshot, ...deltas]) digest.update(`${bytes.length} `).update(bytes);
    const fingerprint = digest.digest('hex');
    if (fingerprint === proved) return { snapshotBytes };
    const assembled = assemble(head, snapshot, deltas);
    if (isRefusal(assembled)) return { problem: assembled.text, snapshotBytes };
    proved = fingerprint;
    return { snapshotBytes };
  }

  async function hashAt(revision: number): Promise<string | undefined> {
    const [stored] = await store.read(revision, 1);
    return stored?.commit.revision === revision ? stored.hash : undefined;
  }

  async function lookUp(revision: number, own: number): Promise<PublisherResult> {
    return {
      type: 'look-up',
      revision,
      chainHash: await hashAt(revision),
      own,
      ownHash: await hashAt(own),
      firstRevision: await store.firstRevision(),
      // After commits were looked for: a store that grows meanwhile has them.
      storeRevision: (await store.head()).revision,
    };
  }

  /** Trimmed ones are gone, and cannot be lost again. */
  async function copyCommits(revisions: readonly number[]): Promise<PublisherResult> {
    const wanted = new Set(revisions);
    for (const revision of revisions) {
      if (!wanted.has(revision)) continue;
      for (const stored of await store.read(revision, revisions.length)) {
        if (wanted.delete(stored.commit.revision)) await putCommitCopy(bus, fleet, stored);
      }
    }
    return { type: 'copy-commits', revisions };
  }

  return { run };
}

/** What an error of an effect means to the core. */
export function failureOf(effect: PublisherEffect, err: unknown): EffectFailure {
  const message = err instanceof Error ? err.message : String(err);
  const code = err instanceof BusError && (err.code === 'conflict' || err.code === 'too-large') ? err.code : 'other';
  return { code, message, ...('revision' in effect ? { revision: effect.revision } : {}) };
}
