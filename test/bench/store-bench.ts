import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sealCommit } from '#shared/event/commit-chain.ts';
import type { StoredCommit } from '#shared/event/fleet-event.ts';
import { foldCommit, INITIAL_STATE } from '#shared/event/fold.ts';
import { startRedis } from '#test/support/redis.ts';
import { redisFleetStore } from '../../control-plane/adapters/redis-fleet-store.ts';
import { sqliteFleetStore } from '../../control-plane/adapters/sqlite-fleet-store.ts';
import type { CommitDraft, FleetStore } from '../../control-plane/ports.ts';
import { readHeadState } from '../../control-plane/state-reader.ts';
import { balancer, worker } from '../control-plane/support/definitions.ts';
import { machine, rounded, saveFigures } from './fleet/figures.ts';

/**
 * Appends and replays on both stores with durability on: SQLite with synchronous=FULL, Redis with appendfsync always, in a temporary
 * folder of this machine's disk. `node test/bench/store-bench.ts [--commits 100000] [--save]`
 */

const { values } = parseArgs({
  options: { commits: { type: 'string', default: '100000' }, save: { type: 'boolean', default: false } },
});
const HISTORY = Number(values.commits);
const APPEND_FOR_MS = 5_000;
const CALLERS = 16;
const BALANCERS = 100;
/** As far behind as a checkpoint of the control plane gets. */
const BEHIND_CHECKPOINT = 499;
const BATCH = 1_000;

const settings = {
  clock: Date.now,
  commandRetentionMs: 86_400_000,
  onTailError: (err: unknown) => console.error(err),
};

type Place = { readonly name: string; open(fleet: string): Promise<FleetStore>; dispose(): Promise<void> };

type Figures = {
  readonly sequential: number;
  readonly concurrent: number;
  readonly folded: number;
  readonly coldStartMs: number;
};

function draft(n: number): CommitDraft {
  const set = balancer(`app-${n % BALANCERS}`, [worker(n % 200), worker((n + 1) % 200)]);
  return {
    actor: 'bench',
    message: `change ${n}`,
    command: 'apply',
    events: [{ type: 'balancer-set', balancer: set }],
  };
}

/** Appends until the time is up. @returns commits per second of all callers together */
async function appendRate({ events }: FleetStore, callers: number): Promise<number> {
  const startMs = performance.now();
  let commits = 0;
  const call = async (caller: number) => {
    let { revision } = await events.head();
    for (let n = 0; performance.now() - startMs < APPEND_FOR_MS; n++) {
      const result = await events.append({
        expectedRevision: revision,
        commandId: `${callers}-${caller}-${n}`,
        fingerprint: '',
        draft: draft(n),
      });
      if (result.kind === 'appended') {
        commits++;
        revision++;
      } else if (result.kind === 'conflict') revision = result.head.revision;
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  return commits / ((performance.now() - startMs) / 1_000);
}

/** Fills a store by way of `restore`, with one checkpoint close to the end. */
async function fillHistory({ fleet, events }: FleetStore): Promise<void> {
  let state = INITIAL_STATE;
  let last: StoredCommit | undefined;
  for (let revision = 1; revision <= HISTORY; ) {
    const batch: StoredCommit[] = [];
    while (batch.length < BATCH && revision <= HISTORY) {
      const facts = { schemaVersion: 1, fleet, revision, id: `id-${revision}`, commandId: `c-${revision}` } as const;
      last = sealCommit({ ...draft(revision), ...facts, timeMs: revision }, last?.hash ?? state.chainHash);
      batch.push(last);
      revision++;
    }
    const outcome = await events.restore(batch);
    if ('problem' in outcome) throw new Error(`revision ${outcome.revision}: ${outcome.problem}`);
    for (const stored of batch) {
      state = foldCommit(state, stored);
      if (state.revision === HISTORY - BEHIND_CHECKPOINT) await events.saveCheckpoint(state);
    }
  }
}

async function measure({ open }: Place): Promise<Figures> {
  const appended = await open('appended');
  const sequential = await appendRate(appended, 1);
  const concurrent = await appendRate(appended, CALLERS);
  await appended.close();

  const filled = await open('history');
  await fillHistory(filled);
  const foldMs = await took(() => readHeadState({ ...filled.events, loadCheckpoint: async () => undefined }));
  await filled.close();

  let again: FleetStore | undefined;
  const coldStartMs = await took(async () => {
    again = await open('history');
    const { revision } = await readHeadState(again.events);
    if (revision !== HISTORY) throw new Error(`at revision ${revision}`);
  });
  await again?.close();
  return { sequential, concurrent, folded: HISTORY / (foldMs / 1_000), coldStartMs };
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

function sqlitePlace(): Place {
  const dir = mkdtempSync(join(tmpdir(), 'penstock-bench-'));
  return {
    name: 'SQLite',
    open: async (fleet) => sqliteFleetStore({ ...settings, fleet, path: join(dir, `${fleet}.db`) }),
    dispose: async () => rmSync(dir, { recursive: true }),
  };
}

async function redisPlace(): Promise<Place> {
  const redis = await startRedis();
  return {
    name: 'Redis',
    open: (fleet) => redisFleetStore({ ...settings, fleet, url: redis.url }),
    dispose: () => redis.dispose(),
  };
}

const readable = (value: number) => Math.round(value).toLocaleString('en');

const rows: Record<string, Record<string, string>> = {};
const figures: Record<string, Figures> = {};
for (const place of [sqlitePlace(), await redisPlace()]) {
  try {
    const measured = await measure(place);
    const { sequential, concurrent, folded, coldStartMs } = measured;
    figures[place.name] = {
      sequential: rounded(sequential),
      concurrent: rounded(concurrent),
      folded: Math.round(folded),
      coldStartMs: rounded(coldStartMs),
    };
    rows[place.name] = {
      'commits/s, 1 caller': readable(sequential),
      [`commits/s, ${CALLERS} callers`]: readable(concurrent),
      'events folded/s': readable(folded),
      [`cold start, ${readable(HISTORY)} commits, ms`]: readable(coldStartMs),
    };
  } finally {
    await place.dispose();
  }
}
console.log(machine());
console.table(rows);
if (values.save) saveFigures('stores', { commits: HISTORY, callers: CALLERS, ...figures });
