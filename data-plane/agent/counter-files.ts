import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeReport } from '#shared/codec/node-codec.ts';
import type { Report } from '#shared/node-message.ts';
import type { Logger } from '../ports.ts';
import { runInSlices } from '../run-in-slices.ts';
import { writeWhole } from './files.ts';
import { encodeWhole } from './report-messages.ts';

const SUFFIX = '.report';

/** Runs whose counters are kept at most, this one not among them; beyond it the oldest are dropped and counted. */
const MAX_EARLIER = 64;

export type CounterFiles = {
  /** Keeps this run's counters: whole, in place of the ones before. Not synced: a process that dies loses nothing of it. */
  write(report: Report): Promise<void>;
  /** What earlier runs counted and nobody has taken yet, oldest first. */
  earlier(): Promise<readonly Report[]>;
  /** Somebody else keeps a run's counters now. */
  forget(bootId: string): Promise<void>;
  /** Runs dropped because there were too many. */
  dropped(): number;
};

/**
 * Counters of this run and of earlier ones in a folder, one file per run: an encoded final `Report`. So a process that was killed
 * loses what it counted in its last second, and nothing else.
 *
 * @param folder made if missing
 * @param bootId of this run
 * @source protocol S1
 */
export function diskCounterFiles(folder: string, bootId: string, log: Logger): CounterFiles {
  let dropped = 0;

  async function read(name: string): Promise<{ readonly report: Report; readonly writtenMs: number } | undefined> {
    const file = join(folder, name);
    try {
      const [encoded, { mtimeMs }] = await Promise.all([readFile(file), stat(file)]);
      return { report: decodeReport(encoded), writtenMs: mtimeMs };
    } catch (err) {
      log.warn({ code: 'DP1305', file, err }, 'counters of an earlier run cannot be read');
      await rm(file, { force: true, recursive: true });
      return undefined;
    }
  }

  return {
    async write(report) {
      await mkdir(folder, { recursive: true });
      await writeWhole(join(folder, `${report.bootId}${SUFFIX}`), await runInSlices(encodeWhole(report)), {
        sync: false,
      });
    },

    async earlier() {
      await mkdir(folder, { recursive: true });
      const names = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX) && name !== `${bootId}${SUFFIX}`);
      const found = (await Promise.all(names.map(read))).filter((one) => one !== undefined);
      const reports = found.toSorted((a, b) => a.writtenMs - b.writtenMs).map(({ report }) => report);
      const excess = reports.slice(0, -MAX_EARLIER);
      for (const report of excess) await rm(join(folder, `${report.bootId}${SUFFIX}`), { force: true });
      dropped += excess.length;
      if (excess.length > 0)
        log.error({ code: 'DP1304', runs: excess.length }, 'counters of earlier runs were dropped');
      return reports.slice(-MAX_EARLIER);
    },

    forget: (boot) => rm(join(folder, `${boot}${SUFFIX}`), { force: true }),

    dropped: () => dropped,
  };
}

/** For a node without a disk: what it counted since its last report dies with it. */
export const noCounterFiles: CounterFiles = {
  write: async () => {},
  earlier: async () => [],
  forget: async () => {},
  dropped: () => 0,
};
