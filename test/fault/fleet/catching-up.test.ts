import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Definition } from '#shared/definition/definition.ts';
import { type ChainHead, sealCommit } from '#shared/event/commit-chain.ts';
import type { StoredCommit } from '#shared/event/fleet-event.ts';
import { converged } from '#test/support/fleet/audit.ts';
import { type Fleet, startFleet } from '#test/support/fleet/fleet.ts';
import { patiently } from '#test/support/fleet/patiently.ts';
import type { ReplicaProcess } from '#test/support/fleet/replica.ts';
import { redisFleetStore } from '../../../control-plane/adapters/redis-fleet-store.ts';
import type { FleetStore } from '../../../control-plane/ports.ts';

/** Commits put into the store by one script. */
const BATCH = 500;

/** Failure matrix, "CP restart": not ready until caught up. */
describe('a replica that has much to catch up on', () => {
  let fleet: Fleet;
  let store: FleetStore;
  let replica: ReplicaProcess;
  let definition: Definition;

  beforeAll(async () => {
    fleet = await startFleet({ replicas: 1, nodes: 1, backends: 1 });
    replica = fleet.replicas[0] as ReplicaProcess;
    ({ definition } = await replica.get('/v1/definition'));
    store = await redisFleetStore({
      url: fleet.redis.url,
      fleet: fleet.name,
      clock: Date.now,
      commandRetentionMs: 86_400_000,
      healthRetentionMs: 86_400_000,
      onTailError: () => {},
    });
  });

  afterAll(async () => {
    await store?.close();
    await fleet?.close();
  });

  /** Puts commits into the store behind the replica's back. @returns the newest revision */
  async function addCommits(count: number): Promise<number> {
    let head: ChainHead = await store.events.head();
    const [newest] = await store.events.read(head.revision, 1);
    const [balancer] = definition.balancers;
    if (newest === undefined || balancer === undefined) throw new Error('the store is empty');
    for (let done = 0; done < count; done += BATCH) {
      const batch: StoredCommit[] = [];
      for (let n = 0; n < BATCH; n++) {
        const revision = head.revision + 1;
        const parameters = { ...balancer.parameters, timeoutMs: 10_000 + revision };
        const { restores: _, epoch: __, allowShrink: ___, ...terms } = newest.commit;
        const events = [{ type: 'balancer-set', balancer: { ...balancer, parameters } }] as const;
        const commit = { ...terms, revision, id: randomUUID(), commandId: randomUUID(), events };
        const stored = sealCommit(commit, head.chainHash);
        batch.push(stored);
        head = { revision, chainHash: stored.hash };
      }
      expect(await store.events.restore(batch)).toEqual(head);
    }
    return head.revision;
  }
  /** What `/readyz` says from now on until it says that it is ready. */
  async function untilReady(): Promise<{ readonly before: readonly number[]; readonly revision: number }> {
    const before: number[] = [];
    return patiently('readiness', async () => {
      const answer = await fetch(`${replica.url}/readyz`, { signal: AbortSignal.timeout(10_000) }).catch(
        () => undefined,
      );
      if (answer?.ok) return { before, revision: ((await answer.json()) as { revision: number }).revision };
      before.push(answer?.status ?? 0);
      return undefined;
    });
  }

  test('is not ready before it has folded all of it, when it starts', async () => {
    await replica.kill();
    const revision = await addCommits(5_000);
    replica.launch();
    const ready = await untilReady();
    expect(ready.before.length).toBeGreaterThan(0);
    expect(ready.revision).toBe(revision);
    expect(await replica.get('/v1/verify')).toMatchObject({ ok: true, revision });
    expect((await converged(fleet)).state.revision).toBe(revision);
  });

  test('is not ready before, either, when it stood still meanwhile', async () => {
    replica.pause();
    const revision = await addCommits(1_500);
    replica.resume();
    expect((await untilReady()).revision).toBe(revision);
    expect((await converged(fleet)).state.revision).toBe(revision);
  });
});
