import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from '../ports.ts';
import { writeWhole } from './files.ts';
import type { Identity } from './follower-state.ts';
import {
  type Boot,
  beginProbation,
  bootFrom,
  NO_PROBATION,
  type Probation,
  parseProbation,
  passProbation,
  suspendProbation,
} from './probation.ts';

export type ProbationKeeper = ReturnType<typeof createProbationKeeper>;

/**
 * Keeps probation on disk: whoever finds a suspect there when it starts knows what the run before died of. Without a disk or with a
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

  /** From now on it lasts; nothing happens without a suspect. */
  function last(): void {
    clearTimeout(timer);
    if (probation.suspect === undefined) return;
    timer = setTimeout(() => void write(passProbation(probation)), probationMs);
  }

  return {
    /** What this run begins with. @param kept `configurationName`s on disk, newest first */
    async boot(kept: readonly string[]): Promise<Boot> {
      const boot = bootFrom(await read(), kept);
      if (boot.culprit !== undefined) {
        log.error(
          { code: 'DP1108', snapshotVersion: boot.culprit.revision, epoch: boot.culprit.epoch },
          'the node died soon after it swapped to this configuration: it goes back',
        );
        await write(boot.probation);
      } else probation = boot.probation;
      return boot;
    },

    /** Written down before threads see it. */
    async begin(identity: Identity): Promise<void> {
      clearTimeout(timer);
      before = probation;
      if (file !== undefined) await write(beginProbation(probation, identity));
    },

    /** It is served. */
    served: last,

    /** It was not taken: the one before is on probation again, if it was. */
    async refused(): Promise<void> {
      await write(before);
      last();
    },

    /** Those that have been served long enough: worth keeping on disk. */
    proven: () => probation.proven.slice(-1),

    /** Those that crashed the node: not worth keeping. */
    crashed: () => probation.crashed,

    /** @param crashed leave the suspect for the next run to find */
    async stop(crashed: boolean): Promise<void> {
      clearTimeout(timer);
      if (!crashed && probation.suspect !== undefined) await write(suspendProbation(probation));
      await writing;
    },
  };
}
