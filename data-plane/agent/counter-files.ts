import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeReport } from '#shared/codec/node-codec.ts';
import type { Report } from '#shared/node-message.ts';
import type { Logger } from '../ports.ts';
import { runInSlices } from '../run-in-slices.ts';
import { writeWhole } from './files.ts';
import { encodeWhole } from './report-messages.ts';

const SUFFIX = '.report';
/** Follows it where the content is none that this version can read. */
const ASIDE = '.unreadable';

/** Runs whose counters are kept at most, this one not among them; beyond it the oldest are dropped and counted. */
const MAX_EARLIER = 64;
/** Files put aside at most; beyond it the same. */
const MAX_ASIDE = 16;

export type CounterFiles = {
  /** Keeps this run's counters: whole, in place of the ones before. Not synced: a process that dies loses nothing of it. */
  write(report: Report): Promise<void>;
  /** What earlier runs counted and nobody has taken yet, oldest first. What cannot be read now stays for a later run. */
  earlier(): Promise<readonly Report[]>;
  /** Somebody else keeps a run's counters now. */
  forget(bootId: string): Promise<void>;
  /** Runs dropped because there were too many. */
  dropped(): number;
};

/** A file, with what it holds; without, if this version cannot read it. */
type Found = { readonly name: string; readonly writtenMs: number; readonly report?: Report };

/**
 * Counters of this run and of earlier ones in a folder, one file per run: an encoded final `Report`. So a process that was killed
 * loses what it counted in its last second, and nothing else. A file of a newer version, or a torn one, is put aside
 * (`.unreadable`) and looked at again by each run: after an upgrade it counts.
 *
 * @param folder made if missing
 * @param bootId of this run
 * @source protocol S1
 */
export function diskCounterFiles(folder: string, bootId: string, log: Logger): CounterFiles {
  let dropped = 0;

  async function read(name: string): Promise<Found | undefined> {
    const file = join(folder, name);
    try {
      const [encoded, { mtimeMs: writtenMs }] = await Promise.all([readFile(file), stat(file)]);
      return { name, writtenMs, ...decoded(encoded, file) };
    } catch (err) {
      // The disk's trouble, or ours with too many open files: that passes, and the counters are still there.
      log.warn({ code: 'DP1305', file, err }, 'counters of an earlier run cannot be read; the next start tries again');
      return undefined;
    }
  }

  function decoded(encoded: Uint8Array, file: string): Pick<Found, 'report'> {
    try {
      return { report: decodeReport(encoded) };
    } catch (err) {
      // Said once, when it is put aside.
      if (!file.endsWith(ASIDE)) log.warn({ code: 'DP1305', file, err }, 'counters of an earlier run are put aside');
      return {};
    }
  }

  /** Gives a file the name that says whether it can be read. */
  async function rightName({ name, report }: Found): Promise<void> {
    const plain = name.replace(ASIDE, '');
    const right = report === undefined ? `${plain}${ASIDE}` : plain;
    if (right === name) return;
    await rename(join(folder, name), join(folder, right)).catch((err) => {
      log.warn({ code: 'DP1305', file: join(folder, name), err }, 'counters of an earlier run cannot be renamed');
    });
  }

  /** Keeps the newest, drops and counts the others. */
  async function bounded(found: readonly Found[], most: number): Promise<readonly Found[]> {
    const excess = found.slice(0, -most);
    for (const { name } of excess) await rm(join(folder, name), { force: true });
    dropped += excess.length;
    if (excess.length > 0) log.error({ code: 'DP1304', runs: excess.length }, 'counters of earlier runs were dropped');
    return found.slice(-most);
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
      const names = (await readdir(folder)).filter((name) => {
        return name !== `${bootId}${SUFFIX}` && (name.endsWith(SUFFIX) || name.endsWith(`${SUFFIX}${ASIDE}`));
      });
      const found = (await Promise.all(names.map(read))).filter((one) => one !== undefined);
      found.sort((a, b) => a.writtenMs - b.writtenMs);
      const aside = found.filter(({ report }) => report === undefined);
      const readable = found.filter(({ report }) => report !== undefined);
      const kept = await bounded(readable, MAX_EARLIER);
      for (const one of [...kept, ...(await bounded(aside, MAX_ASIDE))]) await rightName(one);
      return kept.flatMap(({ report }) => report ?? []);
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
