import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GENESIS, sealCommit } from '#shared/event/commit-chain.ts';
import { foldCommit, INITIAL_STATE } from '#shared/event/fold.ts';
import type { AppendRequest, Clock, CommitDraft, EventStore } from '../../../control-plane/ports.ts';
import { balancer, worker } from '../support/definitions.ts';

/** How a suite gets at the store under test. */
export type EventStoreHarness = {
  open(options: { readonly fleet: string; readonly clock: Clock }): Promise<EventStore>;
  /** Removes everything kept. */
  dispose(): Promise<void>;
};

const HOUR_MS = 3_600_000;

/**
 * What every event store promises; each adapter runs all of it.
 *
 * @param durable whether what was appended is there again after close and open
 */
export function eventStoreContract(
  name: string,
  createHarness: () => Promise<EventStoreHarness>,
  { durable }: { readonly durable: boolean },
): void {
  describe(`${name} as an event store`, () => {
    let harness: EventStoreHarness;
    let store: EventStore;
    let nowMs = 1_700_000_000_000;

    const open = () => harness.open({ fleet: 'test', clock: () => nowMs });

    beforeEach(async () => {
      harness = await createHarness();
      store = await open();
    });

    afterEach(async () => {
      await store.close();
      await harness.dispose();
    });

    const draft = (n: number): CommitDraft => ({
      actor: 'ann',
      message: `change ${n}`,
      command: 'apply',
      events: [{ type: 'balancer-set', balancer: balancer('app', [worker(n)]) }],
    });

    const request = (n: number, change: Partial<AppendRequest> = {}): AppendRequest => ({
      expectedRevision: n - 1,
      commandId: `command-${n}`,
      fingerprint: `fingerprint-${n}`,
      draft: draft(n),
      ...change,
    });

    async function appendMany(count: number): Promise<void> {
      for (let n = 1; n <= count; n++) expect((await store.append(request(n))).kind).toBe('appended');
    }

    test('begins empty', async () => {
      expect(await store.head()).toEqual(GENESIS);
      expect(await store.read(1, 10)).toEqual([]);
      expect(await store.verify()).toEqual({ ok: true, head: GENESIS });
    });

    test("appends a commit whole, with the store's time and the next revision", async () => {
      const result = await store.append(request(1));
      expect(result.kind).toBe('appended');
      const [stored] = await store.read(1, 10);
      expect(stored?.commit).toMatchObject({
        ...draft(1),
        schemaVersion: 1,
        fleet: 'test',
        revision: 1,
        commandId: 'command-1',
        timeMs: nowMs,
      });
      expect(stored?.commit.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
      expect(result.kind === 'appended' && result.stored).toEqual(stored);
    });

    test('chains commits over the bytes as stored', async () => {
      await appendMany(3);
      const commits = await store.read(1, 10);
      let head = GENESIS;
      for (const stored of commits) {
        const { hash, bytes } = sealCommit(stored.commit, head.chainHash);
        expect(stored).toMatchObject({ hash, prevHash: head.chainHash });
        expect(new Uint8Array(stored.bytes)).toEqual(bytes);
        head = { revision: stored.commit.revision, chainHash: stored.hash };
      }
      expect(await store.head()).toEqual(head);
      expect(await store.verify()).toEqual({ ok: true, head });
    });

    test('refuses a commit decided on another revision and says where the head is', async () => {
      await appendMany(2);
      const head = await store.head();
      expect(await store.append(request(3, { expectedRevision: 1 }))).toEqual({ kind: 'conflict', head });
      expect(await store.append(request(3, { expectedRevision: 3 }))).toEqual({ kind: 'conflict', head });
      expect(await store.head()).toEqual(head);
    });

    test('lets exactly one of two concurrent commits have a revision', async () => {
      const results = await Promise.all(['a', 'b', 'c'].map((commandId) => store.append(request(1, { commandId }))));
      expect(results.map(({ kind }) => kind).toSorted()).toEqual(['appended', 'conflict', 'conflict']);
      expect((await store.head()).revision).toBe(1);
    });

    test('answers a repeated command with its first result, even when its expectation has passed', async () => {
      await appendMany(2);
      const record = { commandId: 'command-1', fingerprint: 'fingerprint-1', revision: 1, committed: true };
      expect(await store.append(request(1))).toEqual({ kind: 'duplicate', record });
      expect(await store.append(request(1, { fingerprint: 'other' }))).toEqual({ kind: 'duplicate', record });
      expect(await store.findCommand('command-1')).toEqual(record);
      expect((await store.head()).revision).toBe(2);
    });

    test('remembers a command that changed nothing', async () => {
      await appendMany(1);
      const { draft: _, ...nothing } = request(2);
      const record = { commandId: 'command-2', fingerprint: 'fingerprint-2', revision: 1, committed: false };
      expect(await store.append(nothing)).toEqual({ kind: 'remembered', record });
      await store.append(request(3, { expectedRevision: 1 }));
      expect(await store.append(request(2))).toEqual({ kind: 'duplicate', record });
    });

    test('keeps command ids for a day', async () => {
      await store.append(request(1));
      nowMs += 24 * HOUR_MS;
      await store.append(request(2));
      expect(await store.findCommand('command-1')).toMatchObject({ revision: 1 });
      expect(await store.findCommand('never')).toBeUndefined();
    });

    test('reads from any revision, at most as many as asked', async () => {
      await appendMany(5);
      const revisions = async (from: number, limit: number) =>
        (await store.read(from, limit)).map(({ commit }) => commit.revision);
      expect(await revisions(1, 2)).toEqual([1, 2]);
      expect(await revisions(4, 10)).toEqual([4, 5]);
      expect(await revisions(6, 10)).toEqual([]);
    });

    test('tails what is stored and what comes, in order, each once', async () => {
      await appendMany(2);
      const seen: number[] = [];
      const tail = store.tail(1, ({ commit }) => {
        seen.push(commit.revision);
      });
      for (let n = 3; n <= 5; n++) await store.append(request(n));
      await vi.waitFor(() => expect(seen).toEqual([2, 3, 4, 5]));
      await tail.stop();
      await store.append(request(6));
      expect((await store.read(6, 1)).length).toBe(1);
      expect(seen).toEqual([2, 3, 4, 5]);
    });

    test('waits for a slow listener before it hands over the next commit', async () => {
      const seen: string[] = [];
      store.tail(0, async ({ commit }) => {
        seen.push(`begin ${commit.revision}`);
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(`end ${commit.revision}`);
      });
      await appendMany(2);
      await vi.waitFor(() => expect(seen).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']));
    });

    test('gives back the newest checkpoint at or before a revision', async () => {
      await appendMany(3);
      const commits = await store.read(1, 10);
      const states = commits.map((_, i) => commits.slice(0, i + 1).reduce(foldCommit, INITIAL_STATE));
      for (const state of [states[0], states[2]]) if (state !== undefined) await store.saveCheckpoint(state);
      expect(await store.loadCheckpoint(3)).toEqual(states[2]);
      expect(await store.loadCheckpoint(2)).toEqual(states[0]);
      expect(await store.loadCheckpoint(0)).toBeUndefined();
    });

    test('refuses work after it was closed', async () => {
      await store.close();
      await expect(store.append(request(1))).rejects.toThrow('closed');
      await expect(store.head()).rejects.toThrow('closed');
    });

    if (!durable) return;

    test('has everything again after it was closed and opened', async () => {
      await appendMany(3);
      const commits = await store.read(1, 10);
      await store.close();
      store = await open();
      expect(await store.read(1, 10)).toEqual(commits);
      expect(await store.append(request(3))).toMatchObject({ kind: 'duplicate' });
      expect(await store.append(request(4))).toMatchObject({ kind: 'appended' });
    });
  });
}
