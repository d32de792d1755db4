import { createHash } from 'node:crypto';
import { BusError } from '../bus.ts';
import type { KeptKeys } from './kept-keys.ts';
import { keptPrefix } from './subjects.ts';

/** Objects as kept keys: chunks, then a manifest that says what makes them whole. Names are checked by the caller. */
export type Objects = {
  put(name: string, payload: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array | undefined>;
  list(pattern: string): Promise<readonly string[]>;
  remove(name: string): Promise<void>;
};

type Manifest = {
  readonly bytes: number;
  /** Of every chunk but the last. */
  readonly chunkBytes: number;
  readonly sha256: string;
};

const CHUNK_BYTES = 256 * 1024;
/** A manifest that says more is not believed. */
const MAX_OBJECT_BYTES = 1024 ** 3;
/** Chunks asked for or sent at the same time. */
const WINDOW = 8;

export function createObjects(fleet: string, kept: KeptKeys, maxPayloadBytes: () => number): Objects {
  const manifestKey = (name: string) => `${keptPrefix(fleet)}manifest.${name}`;
  // With content and chunk size in the key, two who put at once, or one who comes after a half put, never mix chunks.
  const chunkKey = (name: string, { sha256, chunkBytes }: Manifest, i: number | '*') =>
    `${keptPrefix(fleet)}object.${name}.${sha256.slice(0, 32)}.${chunkBytes}.${i}`;

  async function isWhole(name: string, manifest: Manifest): Promise<boolean> {
    return (await kept.keys(chunkKey(name, manifest, '*'))).length === chunksOf(manifest);
  }

  /** @returns false if another manifest is there */
  async function putManifest(name: string, manifest: Manifest, ifVersion: number): Promise<boolean> {
    try {
      await kept.put(manifestKey(name), Buffer.from(JSON.stringify(manifest)), ifVersion);
      return true;
    } catch (err) {
      if (!(err instanceof BusError) || err.code !== 'conflict') throw err;
      const other = readManifest((await kept.get(manifestKey(name)))?.payload);
      return other !== undefined && other.sha256 === manifest.sha256;
    }
  }

  return {
    async put(name, payload) {
      // The buffer is the caller's again before all of it is sent.
      const own = new Uint8Array(payload);
      const sha256 = createHash('sha256').update(own).digest('hex');
      const there = await kept.get(manifestKey(name));
      const before = readManifest(there?.payload);
      if (before !== undefined && before.sha256 !== sha256) throw otherContent(name);
      if (before !== undefined && (await isWhole(name, before))) return;
      const manifest = { bytes: own.length, chunkBytes: Math.min(CHUNK_BYTES, maxPayloadBytes()), sha256 };
      await windowed(chunksOf(manifest), async (i) => {
        const chunk = own.subarray(i * manifest.chunkBytes, (i + 1) * manifest.chunkBytes);
        await kept.put(chunkKey(name, manifest, i), chunk);
      });
      // Last: who finds it finds all chunks.
      if (!(await putManifest(name, manifest, there?.version ?? 0))) throw otherContent(name);
    },

    async get(name) {
      const manifest = readManifest((await kept.get(manifestKey(name)))?.payload);
      if (manifest === undefined) return undefined;
      const whole = new Uint8Array(manifest.bytes);
      let missing = false;
      await windowed(chunksOf(manifest), async (i) => {
        const chunk = missing ? undefined : await kept.get(chunkKey(name, manifest, i));
        const offset = i * manifest.chunkBytes;
        const length = Math.min(manifest.chunkBytes, manifest.bytes - offset);
        if (chunk?.payload.length !== length) missing = true;
        else whole.set(chunk.payload, offset);
      });
      if (missing || createHash('sha256').update(whole).digest('hex') !== manifest.sha256) return undefined;
      return whole;
    },

    async list(pattern) {
      const prefix = manifestKey('');
      return (await kept.keys(prefix + pattern)).map((key) => key.slice(prefix.length));
    },

    async remove(name) {
      // The manifest first: never one without its chunks.
      await kept.remove(manifestKey(name));
      await kept.remove(`${keptPrefix(fleet)}object.${name}.*.*.*`);
    },
  };
}

function chunksOf({ bytes, chunkBytes }: Manifest): number {
  return Math.ceil(bytes / chunkBytes);
}

function otherContent(name: string): BusError {
  return new BusError('conflict', `object "${name}" is kept with other content: a name keeps what it was given first`);
}

function readManifest(payload: Uint8Array | undefined): Manifest | undefined {
  if (payload === undefined) return undefined;
  try {
    const { bytes, chunkBytes, sha256 } = JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>;
    if (!isCount(bytes, 0) || !isCount(chunkBytes, 1) || typeof sha256 !== 'string') return undefined;
    return /^[0-9a-f]{64}$/.test(sha256) ? { bytes, chunkBytes, sha256 } : undefined;
  } catch {
    return undefined;
  }
}

function isCount(value: unknown, least: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= MAX_OBJECT_BYTES;
}

/** Runs tasks 0 to `count`-1, a few at a time. @throws what the first that failed threw, after those under way ended */
export async function windowed(count: number, task: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (next < count && !failed) {
      try {
        await task(next++);
      } catch (err) {
        failed = true;
        throw err;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(WINDOW, count) }, worker));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
