import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FleetState, foldCommit, INITIAL_STATE } from '#shared/event/fold.ts';
import { lockDataDir } from '../../../control-plane/adapters/data-dir-lock.ts';
import { sqliteFleetStore } from '../../../control-plane/adapters/sqlite-fleet-store.ts';
import { OperatingError } from '../../../control-plane/operating-error.ts';
import { readHeadState } from '../../../control-plane/state-reader.ts';
import { balancer, worker } from '../support/definitions.ts';

const DAY_MS = 86_400_000;
const settings = {
  commandRetentionMs: DAY_MS,
  onTailError: (err: unknown) => {
    throw err;
  },
};

describe('a SQLite event store', () => {
  let dir: string;
  let path: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'penstock-store-'));
    path = join(dir, 'events.db');
  });

  afterEach(() => rmSync(dir, { recursive: true }));

  const open = (fleet = 'test') => sqliteFleetStore({ ...settings, path, fleet, clock: Date.now }).events;

  async function fill(count: number): Promise<void> {
    const store = open();
    for (let n = 1; n <= count; n++) {
      await store.append({
        expectedRevision: n - 1,
        commandId: `c${n}`,
        fingerprint: '',
        draft: {
          actor: 'ann',
          message: '',
          command: 'apply',
          events: [{ type: 'balancer-set', balancer: balancer('app', [worker(n)]) }],
        },
      });
    }
    const state = (await store.read(1, count)).reduce(foldCommit, INITIAL_STATE);
    await store.saveCheckpoint(state);
    await store.close();
  }

  function change(sql: string): void {
    const db = new DatabaseSync(path);
    db.exec(sql);
    db.close();
  }

  test('refuses the database of another fleet and names both', async () => {
    await open('blue').close();
    expect(() => open('green')).toThrow(/belongs to fleet "blue", not "green"/);
  });

  test('refuses the database of a newer build', async () => {
    await open().close();
    change('PRAGMA user_version = 99');
    expect(() => open()).toThrow(/has schema 99, this build knows up to 2/);
  });

  test("refuses another program's database and leaves it alone", () => {
    change('CREATE TABLE theirs (x)');
    expect(() => open()).toThrow(/database of another program/);
    const db = new DatabaseSync(path);
    expect(db.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'theirs' }]);
    db.close();
  });

  test('refuses a file that is no database', () => {
    writeFileSync(path, 'x'.repeat(5000));
    expect(() => open()).toThrow(/events\.db: file is not a database/);
  });

  test('finds the first revision that was altered', async () => {
    await fill(5);
    change(
      "UPDATE commits SET bytes = CAST(replace(CAST(bytes AS TEXT), '10.0.0.3', '10.6.6.6') AS BLOB) WHERE revision = 3",
    );
    const store = open();
    expect(await store.verify()).toMatchObject({ ok: false, revision: 3, problem: expect.stringContaining('altered') });
    await store.close();
  });

  test('finds that the first revision is missing, unless it was trimmed', async () => {
    await fill(3);
    change('DELETE FROM commits WHERE revision = 1');
    const store = open();
    expect(await store.verify()).toMatchObject({ ok: false, revision: 1, problem: expect.stringContaining('missing') });
    await store.close();
  });

  test('names the revision whose bytes are no commit any more', async () => {
    await fill(3);
    change("UPDATE commits SET bytes = CAST('{\"schemaVersion' AS BLOB) WHERE revision = 2");
    const store = open();
    await expect(store.read(1, 10)).rejects.toMatchObject({
      code: 'corrupt-store',
      message: expect.stringContaining('revision 2'),
    });
    await store.close();
  });

  test('with any one bit flipped is found to be damaged, or holds what it held', async () => {
    await fill(20);
    const good = readFileSync(path);
    const before = await stateOf();
    const random = seeded(20_261_122);
    for (let flip = 0; flip < 150; flip++) {
      const bytes = Buffer.from(good);
      const at = Math.floor(random() * bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      // A file of its own: SQLite keeps locks and caches by file.
      path = join(dir, `flipped-${flip}.db`);
      writeFileSync(path, bytes);
      const outcome = await stateOf().catch((err: unknown) => err);
      if (outcome instanceof OperatingError) expect(['corrupt-store', 'wrong-store']).toContain(outcome.code);
      else expect({ at, outcome }).toEqual({ at, outcome: before });
    }
  });

  /** The fleet as a start reads it, if the whole chain verifies. */
  async function stateOf(): Promise<FleetState> {
    const store = open();
    try {
      const state = await readHeadState(store);
      const verification = await store.verify();
      if (!verification.ok) throw new OperatingError('corrupt-store', verification.problem);
      return state;
    } finally {
      await store.close();
    }
  }

  test('finds a revision that is missing', async () => {
    await fill(4);
    change('DELETE FROM commits WHERE revision = 2');
    const store = open();
    expect(await store.verify()).toMatchObject({ ok: false, revision: 2, problem: expect.stringContaining('missing') });
    await store.close();
  });

  test('passes over a damaged checkpoint', async () => {
    await fill(2);
    change("UPDATE checkpoints SET bytes = CAST(replace(CAST(bytes AS TEXT), '10.0.0.2', '10.6.6.6') AS BLOB)");
    const store = open();
    expect(await store.loadCheckpoint(2)).toBeUndefined();
    await store.close();
  });
});

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('the lock of a data directory', () => {
  test('lets one holder in at a time and names the process that has it', () => {
    const dir = mkdtempSync(join(tmpdir(), 'penstock-lock-'));
    const lock = lockDataDir(dir);
    expect(() => lockDataDir(dir)).toThrow(`data directory ${dir} is in use by process ${process.pid}`);
    lock.release();
    lockDataDir(dir).release();
    rmSync(dir, { recursive: true });
  });

  test('says why a directory cannot be used', () => {
    const dir = mkdtempSync(join(tmpdir(), 'penstock-lock-'));
    writeFileSync(join(dir, 'file'), '');
    expect(() => lockDataDir(join(dir, 'file', 'data'))).toThrow(
      /cannot create data directory .*file\/data: a part of the path is a file/,
    );
    expect(() => lockDataDir(join(dir, 'file'))).toThrow(
      /cannot use data directory .*file: it is no directory that this user may write to/,
    );
    // Where nothing can be created, mkdir of Node with `recursive` does not return.
    expect(() => lockDataDir('/proc/penstock/data')).toThrow(/cannot create data directory \/proc\/penstock\/data/);
    rmSync(dir, { recursive: true });
  });
});
