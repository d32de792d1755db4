import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from '../ports.ts';
import { writeWhole } from './files.ts';
import type { Identity } from './follower-state.ts';
import {
  type Boot,
  beginProbation,
  bootFrom,
  failProbation,
  NO_PROBATION,
  type Probation,
  parseProbation,
  passProbation,
  suspendProbation,
} from './probation.ts';

/** As the agent uses it. */
export type ProbationKeeper = Omit<ReturnType<typeof createProbationKeeper>, 'died'>;

/**
 * Keeps probation on disk: whoever finds a suspect there when it starts knows what the run before died with. Without a disk or with a
 * probation of 0 ms nothing is ever suspected. Not synced: what matters is that the process dies, not the machine.
 */
export function createProbationKeeper(options: {
  readonly file: string | undefined;
  /** How long a configuration must be served. */
  readonly probationMs: number;
  readonly log: Logger;
}) {
  const { probationMs, log } = options;
  const file = probationMs === 0 ? undefined : options.file;
  let probation = NO_PROBATION;
  let before = NO_PROBATION;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let over = false;

  function write(next: Probation): Promise<void> {
    probation = next;
    if (file === undefined) return Promise.resolve();
    // One after the other: they have one name while they are unfinished.
    writing = writing.then(async () => {
      try {
        await mkdir(dirname(file), { recursive: true });
        await writeWhole(file, JSON.stringify(next), { sync: false });
      } catch (err) {
        log.warn({ code: 'DP1112', file, err }, 'probation cannot be written down');
      }
    });
    return writing;
  }

  async function read(): Promise<Probation> {
    if (file === undefined) return NO_PROBATION;
    try {
      return parseProbation(await readFile(file, 'utf8'));
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code !== 'ENOENT') {
        log.warn({ code: 'DP1112', file, err }, 'probation cannot be read');
      }
      return NO_PROBATION;
    }
  }

  /** From now on it lasts; nothing happens where nothing is in doubt. */
  function last(): void {
    clearTimeout(timer);
    if (over || (probation.suspect === undefined && probation.forgiven === undefined)) return;
    timer = setTimeout(() => void write(passProbation(probation)), probationMs);
  }

  function told(boot: Boot, fault: string | undefined): void {
    const { culprit, forgiven } = boot;
    if (culprit !== undefined) {
      const { revision: snapshotVersion, epoch } = culprit;
      const reason = fault ?? 'the second death in a row without a word';
      log.error(
        { code: 'DP1108', snapshotVersion, epoch, reason },
        'the node died soon after it swapped to this configuration: it goes back',
      );
    }
    if (forgiven !== undefined) {
      const { revision: snapshotVersion, epoch } = forgiven;
      log.warn(
        { code: 'DP1122', snapshotVersion, epoch },
        'the node was killed soon after it swapped to this configuration: it is tried once more',
      );
    }
  }

  return {
    /** What this run begins with. @param kept `configurationName`s on disk, newest first */
    async boot(kept: readonly string[]): Promise<Boot> {
      const found = await read();
      const boot = bootFrom(found, kept);
      told(boot, found.fault);
      if (boot.culprit === undefined && boot.forgiven === undefined) probation = boot.probation;
      else await write(boot.probation);
      return boot;
    },

    /** Written down before threads see it. */
    async begin(identity: Identity): Promise<void> {
      if (over) return;
      clearTimeout(timer);
      before = probation;
      if (file !== undefined) await write(beginProbation(probation, identity));
    },

    /** It is served. */
    served: last,

    /** It was not taken: the one before is on probation again, if it was. */
    async refused(): Promise<void> {
      if (over) return;
      await write(before);
      last();
    },

    /** Those that have been served long enough: worth keeping on disk. */
    proven: () => probation.proven.slice(-1),

    /** Those that crashed the node: not worth keeping. */
    crashed: () => probation.crashed,

    /** The process ends by a fault of its own; nothing asynchronous may run any more, and nothing is judged. @param fault in short */
    died(fault: string): void {
      if (over || file === undefined || probation.suspect === undefined) return;
      over = true;
      probation = failProbation(probation, fault);
      // A write under way has the other unfinished name.
      const unfinished = `${file}.died.unfinished`;
      try {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(unfinished, JSON.stringify(probation), { mode: 0o600 });
        renameSync(unfinished, file);
      } catch (err) {
        log.warn({ code: 'DP1112', file, err }, 'probation cannot be written down');
      }
      // Where the process lives on for a while, a write under way may still come after this one.
      void write(probation);
    },

    /** Nothing changes any more: a swap that is under way comes too late to be judged. @param crashed the suspect stays one */
    async stop(crashed: boolean): Promise<void> {
      clearTimeout(timer);
      over = true;
      if (!crashed && (probation.suspect ?? probation.forgiven) !== undefined) await write(suspendProbation(probation));
      await writing;
    },
  };
}
