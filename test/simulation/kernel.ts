import { createHash } from 'node:crypto';
import { type Chance, createChance } from './chance.ts';

/**
 * Something that runs by itself and may die at any moment: a replica or a node. What it has planned, waits for or listens to dies with
 * it; what others do for it (a server that works on its request) does not.
 */
export type Process = {
  readonly name: string;
  readonly bornMs: number;
  /** How far its wall clock is off. */
  readonly skewMs: number;
  alive: boolean;
  /** Until then it does nothing, as after SIGSTOP. */
  pausedUntilMs: number;
};

export type Planned = { cancelled: boolean };

/** An event, as those see it who look on. */
export type Happening = { readonly process: Process | undefined; readonly label: string };

/** What broke, when, and in whose hands. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export type Kernel = {
  readonly seed: string;
  readonly chance: Chance;
  /** Virtual milliseconds since the world began. */
  nowMs(): number;
  /** Whose code runs now; undefined: the world's. */
  current(): Process | undefined;
  spawn(name: string): Process;
  kill(process: Process): void;
  /**
   * Plans something for later. Events at the same time happen in the order they were planned.
   *
   * @param process whose code it is; it does not happen if that one is dead by then, and waits while it is paused
   */
  after(delayMs: number, process: Process | undefined, label: string, run: () => void): Planned;
  /** Says something worth reading when a run failed. Part of the run's identity. */
  note(text: string): void;
  /** The next event, and everything that follows from it at once. False when nothing is planned. */
  step(): Promise<boolean>;
  /** Called around each event; `after` when everything that follows at once has happened. */
  onEvent(before: (event: Happening) => void, after: (event: Happening) => void): void;
  /** Gives every line as it is written. */
  onLine(listener: (line: string) => void): void;
  /** Events so far. */
  steps(): number;
  /** What happened last, oldest first; without timers. */
  recent(count: number): readonly string[];
  /** Over everything that happened so far: the same seed gives the same. */
  hash(): string;
};

type Entry = {
  atMs: number;
  order: number;
  readonly process: Process | undefined;
  readonly label: string;
  readonly run: () => void;
  readonly planned: Planned;
};

/** Captured before anybody replaces it: lets all promises settle that can. */
const turn = globalThis.setImmediate;
const settled = () => new Promise<void>((resolve) => void turn(resolve));

const RECENT = 400;
/** Nothing that makes sense says more in one event, or needs more of them. */
const MOST_LINES = 5_000;
const MOST_STEPS = 2_000_000;

/** The scheduler: one event at a time, in the order of virtual time, chance from the seed. */
export function createKernel(seed: string): Kernel {
  const chance = createChance(seed);
  const clocks = chance.fork('clocks');
  const queue: Entry[] = [];
  const log = createHash('sha256');
  const recent: string[] = [];
  let nowMs = 0;
  let order = 0;
  let steps = 0;
  let linesInStep = 0;
  let current: Process | undefined;
  let before: (event: Happening) => void = () => {};
  let after: (event: Happening) => void = () => {};
  let tell: ((line: string) => void) | undefined;

  function write(text: string, isWorthReading: boolean): void {
    const line = `${nowMs.toFixed(2)} ${text}`;
    log.update(line);
    tell?.(`#${steps} ${line}`);
    if (++linesInStep > MOST_LINES) throw new Violation(`${current?.name} goes round in circles: ${text}`);
    if (!isWorthReading) return;
    recent.push(`#${steps} ${line}`);
    if (recent.length > 2 * RECENT) recent.splice(0, RECENT);
  }

  return {
    seed,
    chance,
    nowMs: () => nowMs,
    current: () => current,
    spawn: (name) => ({
      name,
      bornMs: nowMs,
      // A wall clock decides nothing: any error will do.
      skewMs: clocks.happens(0.5) ? 0 : Math.round(clocks.between(-3_600_000, 3_600_000)),
      alive: true,
      pausedUntilMs: 0,
    }),
    kill(process) {
      process.alive = false;
      write(`${process.name} is gone`, true);
    },
    after(delayMs, process, label, run) {
      const planned = { cancelled: false };
      const atMs = nowMs + Math.max(0, delayMs);
      push(queue, { atMs, order: order++, process, label, run, planned });
      return planned;
    },
    note: (text) => write(text, true),
    async step() {
      for (;;) {
        const entry = pop(queue);
        if (entry === undefined) return false;
        const { process, planned } = entry;
        if (planned.cancelled || process?.alive === false) continue;
        if (process !== undefined && process.pausedUntilMs > entry.atMs) {
          push(queue, { ...entry, atMs: process.pausedUntilMs, order: order++ });
          continue;
        }
        nowMs = Math.max(nowMs, entry.atMs);
        steps++;
        linesInStep = 0;
        if (steps > MOST_STEPS) throw new Violation(`no end in sight after ${steps} events`);
        write(`${process?.name ?? '-'} ${entry.label}`, entry.label !== 'timer');
        before(entry);
        current = process;
        try {
          entry.run();
          await settled();
        } finally {
          current = undefined;
        }
        after(entry);
        return true;
      }
    },
    onEvent(first, last) {
      before = first;
      after = last;
    },
    onLine(listener) {
      tell = listener;
    },
    steps: () => steps,
    recent: (count) => recent.slice(-count),
    hash: () => log.copy().digest('hex'),
  };
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** A binary heap, the earliest first. */
function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as Entry;
    if (!isBefore(entry, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): Entry | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child++;
    if (!isBefore(heap[child] as Entry, last)) break;
    heap[at] = heap[child] as Entry;
    at = child;
  }
  heap[at] = last;
  return first;
}
