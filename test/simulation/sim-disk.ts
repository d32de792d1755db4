import { encodeKeptConfiguration } from '#shared/codec/head-codec.ts';
import { decodeReport, encodeReport } from '#shared/codec/node-codec.ts';
import { encodeSnapshot } from '#shared/codec/snapshot-codec.ts';
import type { Report } from '#shared/node-message.ts';
import { configurationName } from '../../data-plane/agent/configuration-store.ts';
import type { CounterFiles } from '../../data-plane/agent/counter-files.ts';
import type { Identity } from '../../data-plane/agent/follower-state.ts';
import {
  beginProbation,
  bootFrom,
  NO_PROBATION,
  type Probation,
  passProbation,
  suspendProbation,
} from '../../data-plane/agent/probation.ts';
import type { ProbationKeeper } from '../../data-plane/agent/probation-keeper.ts';
import type { Proof } from '../../data-plane/agent/proof.ts';
import type { ConfigurationStore } from '../../data-plane/ports.ts';
import type { Kernel, Process } from './kernel.ts';

/** A node's disk: outlives its processes. Bytes, as on a disk. */
export type SimDisk = {
  readonly configurations: Map<string, Uint8Array>;
  /** By boot id. */
  readonly counters: Map<string, { readonly bytes: Uint8Array; readonly writtenMs: number }>;
  probation: Probation;
  isFull: boolean;
};

export function createDisk(): SimDisk {
  return { configurations: new Map(), counters: new Map(), probation: NO_PROBATION, isFull: false };
}

const KEPT = 3;

export type NodeFiles = {
  readonly store: ConfigurationStore;
  readonly counterFiles: CounterFiles;
  readonly probation: ProbationKeeper;
};

/**
 * The files of a process on its node's disk. Stands for `diskConfigurationStore`, `diskCounterFiles` and `createProbationKeeper`: the
 * same bytes and the same decisions, without a file system. A write takes a while and is there whole, or not at all.
 */
export function openFiles(
  kernel: Kernel,
  process: Process,
  disk: SimDisk,
  { proof, bootId, probationMs }: { readonly proof: Proof; readonly bootId: string; readonly probationMs: number },
): NodeFiles {
  const chance = kernel.chance.fork(`disk of ${process.name} at ${kernel.nowMs()}`);

  function work<T>(label: string, run: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      kernel.after(chance.between(0.1, 15), process, `disk: ${label}`, () => {
        try {
          resolve(run());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  function write(label: string, run: () => void): Promise<void> {
    return work(label, () => {
      if (disk.isFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      run();
    });
  }

  const names = () => [...disk.configurations.keys()].sort().reverse();

  const store: ConfigurationStore = {
    list: () => work('list', names),
    read: (name) =>
      work(`read ${name}`, () => {
        const bytes = disk.configurations.get(name);
        const result = bytes === undefined ? { error: 'gone' } : proof.readKept(bytes);
        return 'configuration' in result ? result.configuration : undefined;
      }),
    save: ({ head, signedHead, state }, spare, crashed) =>
      write(`save ${head.revision}`, () => {
        const encoded = encodeKeptConfiguration({ signedHead, snapshot: encodeSnapshot(state.snapshot) });
        const saved = configurationName(head);
        disk.configurations.set(saved, encoded);
        const useless = new Set(crashed.map(configurationName));
        const sound = names().filter((name) => name === saved || !useless.has(name));
        const keep = new Set([...sound.slice(0, KEPT), saved, ...spare.map(configurationName)]);
        for (const name of names()) if (!keep.has(name)) disk.configurations.delete(name);
      }),
  };

  const counterFiles: CounterFiles = {
    write(report: Report) {
      const bytes = encodeReport(report);
      return write('counters', () => void disk.counters.set(report.bootId, { bytes, writtenMs: kernel.nowMs() }));
    },
    earlier: () =>
      work('earlier counters', () =>
        [...disk.counters]
          .filter(([boot]) => boot !== bootId)
          .sort(([, a], [, b]) => a.writtenMs - b.writtenMs)
          .map(([, { bytes }]) => decodeReport(bytes)),
      ),
    forget: (boot) => work(`forget ${boot}`, () => void disk.counters.delete(boot)),
    dropped: () => 0,
  };

  let probation = NO_PROBATION;
  let before = NO_PROBATION;
  let timer: NodeJS.Timeout | undefined;
  const put = (next: Probation): Promise<void> => {
    probation = next;
    if (probationMs === 0) return Promise.resolve();
    return write('probation', () => {
      disk.probation = next;
    }).catch(() => {});
  };
  const last = () => {
    clearTimeout(timer);
    if (probation.suspect !== undefined) timer = setTimeout(() => void put(passProbation(probation)), probationMs);
  };
  const keeper: ProbationKeeper = {
    async boot(kept) {
      const boot = bootFrom(probationMs === 0 ? NO_PROBATION : disk.probation, kept);
      if (boot.culprit === undefined) probation = boot.probation;
      else await put(boot.probation);
      return boot;
    },
    async begin(identity: Identity) {
      clearTimeout(timer);
      before = probation;
      if (probationMs > 0) await put(beginProbation(probation, identity));
    },
    served: last,
    async refused() {
      await put(before);
      last();
    },
    proven: () => probation.proven.slice(-1),
    crashed: () => probation.crashed,
    async stop(crashed) {
      clearTimeout(timer);
      if (!crashed && probation.suspect !== undefined) await put(suspendProbation(probation));
    },
  };
  return { store, counterFiles, probation: keeper };
}
