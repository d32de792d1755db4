import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configurationName } from '../../../data-plane/agent/configuration-store.ts';
import { parseProbation } from '../../../data-plane/agent/probation.ts';
import { createProbationKeeper } from '../../../data-plane/agent/probation-keeper.ts';
import { eventually } from '../../support/wait.ts';

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
const at = (revision: number) => ({ epoch: 1, revision, chainHash: 'c'.repeat(64), stateHash: 'a'.repeat(64) });
const kept = [configurationName(at(2)), configurationName(at(1))];
const LONG_MS = 3_600_000;

describe('probation on disk', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    vi.clearAllMocks();
    folder = await mkdtemp(join(tmpdir(), 'penstock-probation-'));
    file = join(folder, 'data', 'probation.json');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const keeper = (probationMs = LONG_MS, path: string | undefined = file) =>
    createProbationKeeper({ file: path, probationMs, log });
  const onDisk = async () => parseProbation(await readFile(file, 'utf8'));

  async function swapTo(revision: number, run = keeper()) {
    await run.begin(at(revision));
    run.served();
    return run;
  }

  it('names the suspect of a run that said it died', async () => {
    const run = await swapTo(2);
    run.died('exit code 1');
    await run.stop(true);
    expect(await keeper().boot(kept)).toMatchObject({ culprit: at(2), order: kept.toReversed() });
    expect(log.error).toHaveBeenCalledWith(
      expect.objectContaining({ code: 'DP1108', reason: 'exit code 1' }),
      expect.any(String),
    );
    // The run after that one knows of the crash, and of no new one.
    expect(await keeper().boot(kept)).toMatchObject({ culprit: undefined, order: kept.toReversed() });
  });

  it('names nobody after an orderly stop, or when the configuration had lasted', async () => {
    const run = await swapTo(2);
    await run.stop(false);
    expect(await keeper().boot(kept)).toMatchObject({ culprit: undefined, order: kept });
    await swapTo(2, keeper(1));
    await eventually('proof', async () => (await onDisk()).proven.length === 1);
    expect(await keeper().boot(kept)).toMatchObject({ culprit: undefined, order: kept });
  });

  it('names the suspect of two runs that ended without a word, one after the other', async () => {
    await swapTo(2);
    const second = keeper();
    expect(await second.boot(kept)).toMatchObject({ culprit: undefined, forgiven: at(2), order: kept });
    expect(log.warn).toHaveBeenCalledWith(expect.objectContaining({ code: 'DP1122' }), expect.any(String));
    await swapTo(2, second);
    expect(await keeper().boot(kept)).toMatchObject({ culprit: at(2), order: kept.toReversed() });
  });

  it('forgives again once what was served before has lasted as well', async () => {
    await swapTo(1, keeper(1));
    await eventually('proof', async () => (await onDisk()).proven.length === 1);
    await swapTo(2);
    const next = keeper(1);
    await next.boot([]);
    await swapTo(1, next);
    await eventually('peace', async () => (await onDisk()).forgiven === undefined);
  });

  it('keeps what it died of, whatever is said afterwards', async () => {
    const run = await swapTo(2);
    const begun = run.begin(at(3));
    run.died('every proxy thread died');
    await begun;
    await run.refused();
    await run.stop(true);
    expect(await onDisk()).toMatchObject({ suspect: at(3), fault: 'every proxy thread died' });
  });

  it('suspects nobody for a swap that was under way, or began, when the node stopped in good order', async () => {
    const run = await swapTo(1);
    await run.begin(at(2));
    await run.stop(false);
    await run.refused();
    await run.begin(at(3));
    run.served();
    run.died('exit code 1');
    await run.stop(false);
    expect((await onDisk()).suspect).toBeUndefined();
  });

  it('goes on with the one before when a swap is refused', async () => {
    const run = await swapTo(1);
    await run.begin(at(2));
    await run.refused();
    expect((await onDisk()).suspect).toEqual(at(1));
    await run.stop(false);
  });

  it('suspects nobody without a disk, or when it is switched off', async () => {
    await swapTo(2, keeper(0));
    await swapTo(2, createProbationKeeper({ file: undefined, probationMs: LONG_MS, log }));
    expect(await keeper().boot(kept)).toMatchObject({ culprit: undefined, order: kept });
  });

  it('begins afresh when the file cannot be read, and says so', async () => {
    await swapTo(2);
    await writeFile(file, '{"half');
    expect(await keeper().boot(kept)).toMatchObject({ culprit: undefined, order: kept });
    expect(log.warn).toHaveBeenCalledWith(expect.objectContaining({ code: 'DP1112' }), expect.any(String));
  });
});
