import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GENESIS, sealCommit } from '#shared/event/commit-chain.ts';
import type { StoredCommit } from '#shared/event/fleet-event.ts';
import { type FleetState, foldCommit, INITIAL_STATE } from '#shared/event/fold.ts';
import { UNKNOWN_FINGERPRINT } from '../../../control-plane/core/command-record.ts';
import type { AppendRequest, Clock, CommitDraft, Durability, EventStore } from '../../../control-plane/ports.ts';
import { readHeadState, readStateAt } from '../../../control-plane/state-reader.ts';
import { balancer, worker } from '../support/definitions.ts';

/** How a suite gets at the store under test. */
export type EventStoreHarness = {
  open(options: { readonly fleet: string; readonly clock: Clock }): Promise<EventStore>;
  /** Removes everything kept. */
  dispose(): Promise<void>;
};

const HOUR_MS = 3_600_000;

/** How stores may differ. */
export type EventStoreTraits = {
  /** What was appended is there again after close and open. */
  readonly durable: boolean;
  /** Commits are timed by the store's server rather than by the clock given. */
  readonly ownClock?: boolean;
  /** What an append reports to survive. */
  readonly level: Durability['level'];
};

/** What every event store promises; each adapter runs all of it. */
export function eventStoreContract(
  name: string,
  createHarness: () => Promise<EventStoreHarness>,
  { durable, level, ownClock = false }: EventStoreTraits,
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
        ...(ownClock ? {} : { timeMs: nowMs }),
      });
      expect(Math.abs((stored?.commit.timeMs ?? 0) - (ownClock ? Date.now() : nowMs))).toBeLessThan(60_000);
      expect(result).toMatchObject({ durability: { level, replicas: 0 } });
      expect(stored?.commit.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
      expect(result.kind === 'appended' && result.stored).toEqual(stored);
    });

    test('tells the time that it gives to commits', async () => {
      nowMs += 5_000;
      const toldMs = await store.now();
      if (ownClock) expect(Math.abs(toldMs - Date.now())).toBeLessThan(60_000);
      else expect(toldMs).toBe(nowMs);
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

    test('refuses a commit decided on another history, though the revision is the same', async () => {
      await appendMany(1);
      const head = await store.head();
      const next = (expectedHash: string) => request(2, { expectedHash });
      expect(await store.append(next(GENESIS.chainHash))).toEqual({ kind: 'conflict', head });
      expect(await store.append(next(head.chainHash))).toMatchObject({ kind: 'appended' });
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

    async function statesOf(): Promise<readonly FleetState[]> {
      const commits = await store.read(1, 100);
      return commits.map((_, i) => commits.slice(0, i + 1).reduce(foldCommit, INITIAL_STATE));
    }

    test('keeps the epoch of a restore with the commits after it, and in checkpoints', async () => {
      await store.append(request(1));
      await store.append(request(2, { draft: { ...draft(2), command: 'restore', epoch: 1 } }));
      await store.append(request(3));
      const state = await readHeadState(store);
      expect(state.epoch).toBe(1);
      await store.saveCheckpoint(state);
      expect(await store.loadCheckpoint(3)).toEqual(state);
    });

    test('refuses a checkpoint of a history that it does not have', async () => {
      await appendMany(2);
      const state = await readHeadState(store);
      await expect(store.saveCheckpoint({ ...state, revision: 3 })).rejects.toMatchObject({ code: 'store-regressed' });
      const other = { ...state, chainHash: 'f'.repeat(64) };
      await expect(store.saveCheckpoint(other)).rejects.toMatchObject({ code: 'store-regressed' });
      expect(await store.loadCheckpoint(9)).toBeUndefined();
    });

    test('keeps the three newest checkpoints', async () => {
      await appendMany(5);
      for (const state of await statesOf()) await store.saveCheckpoint(state);
      expect(await store.loadCheckpoint(2)).toBeUndefined();
      expect(await store.loadCheckpoint(3)).toMatchObject({ revision: 3 });
    });

    test('trims nothing without a checkpoint', async () => {
      await appendMany(3);
      expect(await store.firstRevision()).toBe(1);
      expect(await store.trim(3)).toBe(1);
      expect((await store.read(1, 10)).length).toBe(3);
    });

    test('trims to the newest checkpoint at or before a revision, and goes on', async () => {
      await appendMany(6);
      const states = await statesOf();
      for (const n of [2, 4]) await store.saveCheckpoint(states[n - 1] as FleetState);
      expect(await store.trim(3)).toBe(2);
      expect(await store.trim(5)).toBe(4);
      expect(await store.trim(3)).toBe(4);
      expect(await store.firstRevision()).toBe(4);
      expect((await store.read(1, 10)).map(({ commit }) => commit.revision)).toEqual([4, 5, 6]);
      expect(await store.verify()).toEqual({ ok: true, head: await store.head() });
      expect((await store.append(request(7))).kind).toBe('appended');
      expect((await readHeadState(store)).revision).toBe(7);
    });

    test('says of a revision before a trim that its history is gone', async () => {
      await appendMany(5);
      const states = await statesOf();
      await store.saveCheckpoint(states[3] as FleetState);
      await store.trim(4);
      await expect(readStateAt(store, 2)).rejects.toMatchObject({
        code: 'history-trimmed',
        message: 'history before revision 4 was trimmed: the configuration at revision 2 is not known any more',
      });
      expect(await readStateAt(store, 4)).toEqual(states[3]);
      expect(await readStateAt(store, 5)).toEqual(states[4]);
      expect(await readStateAt(store, 6)).toBeUndefined();
      expect(await readStateAt(store, 0)).toEqual(INITIAL_STATE);
    });

    /** Commits as another store has them, after those of this one. */
    function lost(after: StoredCommit | undefined, count: number, fleet = 'test'): readonly StoredCommit[] {
      const commits: StoredCommit[] = [];
      let last = after;
      for (let n = 1; n <= count; n++) {
        const revision = (last?.commit.revision ?? 0) + 1;
        const facts = {
          schemaVersion: 1,
          fleet,
          revision,
          id: `id-${revision}`,
          commandId: `lost-${revision}`,
        } as const;
        last = sealCommit({ ...draft(revision), ...facts, timeMs: nowMs }, last?.hash ?? GENESIS.chainHash);
        commits.push(last);
      }
      return commits;
    }

    test('takes lost commits back byte for byte, and tails go on with them', async () => {
      await appendMany(2);
      const [, second] = await store.read(1, 2);
      const commits = lost(second, 3);
      const seen: number[] = [];
      store.tail(2, ({ commit }) => void seen.push(commit.revision));
      const head = { revision: 5, chainHash: commits[2]?.hash };
      expect(await store.restore(commits)).toEqual(head);
      expect(await store.head()).toEqual(head);
      expect((await store.read(3, 10)).map(plain)).toEqual(commits.map(plain));
      expect(await store.verify()).toEqual({ ok: true, head });
      await vi.waitFor(() => expect(seen).toEqual([3, 4, 5]));
      const record = { commandId: 'lost-4', fingerprint: UNKNOWN_FINGERPRINT, revision: 4, committed: true };
      expect(await store.findCommand('lost-4')).toEqual(record);
      expect(await store.append(request(6, { commandId: 'lost-4' }))).toEqual({ kind: 'duplicate', record });
      expect((await store.append(request(6))).kind).toBe('appended');
    });

    test('takes back nothing that does not continue the chain', async () => {
      await appendMany(2);
      const [first, second] = await store.read(1, 2);
      const head = await store.head();
      const [third, fourth] = lost(second, 2) as [StoredCommit, StoredCommit];
      expect(await store.restore([])).toEqual(head);
      const refused: (readonly [readonly StoredCommit[], number, RegExp])[] = [
        [lost(first, 1), 3, /revision 3 is missing/],
        [[fourth], 3, /revision 3 is missing/],
        [[third, { ...fourth, bytes: third.bytes }], 4, /revision 4 is missing/],
        [[{ ...third, bytes: new TextEncoder().encode('{}') }], 3, /no commit/],
        [[{ ...third, hash: 'f'.repeat(64) }], 3, /altered/],
        [[{ ...third, prevHash: 'f'.repeat(64) }], 3, /names parent/],
        [lost(second, 1, 'other'), 3, /fleet "other", not "test"/],
      ];
      for (const [commits, revision, problem] of refused) {
        expect(await store.restore(commits)).toEqual({ revision, problem: expect.stringMatching(problem) });
      }
      expect(await store.head()).toEqual(head);
    });

    test('refuses work after it was closed', async () => {
      await store.close();
      await expect(store.append(request(1))).rejects.toThrow('closed');
      await expect(store.head()).rejects.toThrow('closed');
    });

    if (!durable) return;

    test('remembers after a restart what it trimmed', async () => {
      await appendMany(3);
      await store.saveCheckpoint(await readHeadState(store));
      await store.trim(3);
      await store.close();
      store = await open();
      expect(await store.firstRevision()).toBe(3);
      expect(await store.verify()).toMatchObject({ ok: true });
    });

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

/** Bytes of one type, so that they can be compared. */
function plain(stored: StoredCommit): StoredCommit {
  return { ...stored, bytes: new Uint8Array(stored.bytes) };
}
