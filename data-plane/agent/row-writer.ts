import { setImmediate as nextTurn } from 'node:timers/promises';
import { addLbstatus } from '#shared/balancing/worker-table.ts';
import { RUNTIME_BITS, WorkerStatus } from '#shared/definition/worker-status.ts';
import { clearRouteRow } from '../scoreboard/route-counters.ts';
import { clearRow, type Scoreboard } from '../scoreboard/scoreboard.ts';
import { AGENT_OWNER } from '../scoreboard/spin-lock.ts';
import type { Placement } from './placement.ts';
import type { SlotTable } from './slot-allocator.ts';
import type { OwnerRoll, RolledWorker } from './worker-roll.ts';

/** A change from one configuration to another. */
export type RowChange = {
  readonly from: Pick<Placement, 'roll'>;
  readonly to: Pick<Placement, 'roll' | 'slots' | 'locks' | 'routes'>;
  /** Keys of workers whose row is new. */
  readonly added: ReadonlySet<string>;
  /** Keys of routes whose row is new. */
  readonly addedRoutes: readonly string[];
};

/**
 * Brings the scoreboard's rows to a new configuration. New rows start from nothing with the configured flags, E and C
 * included; nobody knows their slots yet. A row that lives on keeps its counters and what the node itself found out (E, C), and
 * takes over the operator's flags, under its balancer's lock. Balancers of which nothing changed are not looked at.
 */
export async function writeRows(scoreboard: Scoreboard, change: RowChange): Promise<void> {
  const { from, to, added } = change;
  for (const key of change.addedRoutes) clearRouteRow(scoreboard.routes, placeOf(to.routes, key));
  for (const [id, after] of to.roll.owners) {
    const before = from.roll.owners.get(id);
    if (before === after) continue;
    const changed = after.rolled.filter((worker, at) => worker !== before?.rolled[at]);
    for (const { key, effective } of changed) {
      if (!added.has(key)) continue;
      const slot = placeOf(to.slots, key);
      clearRow(scoreboard, slot);
      scoreboard.status[slot] = effective.status;
    }
    const write = () => {
      for (const worker of changed) {
        const was = before?.workers.get(worker.key);
        if (was !== undefined && was !== worker) writeStatus(scoreboard, placeOf(to.slots, worker.key), was, worker);
      }
      if (before !== undefined) writeCredit(scoreboard, change, { before, after, changed });
    };
    // Plain workers have no elections: only the one writer here changes the operator's flags.
    if (after.lbmethod === undefined) write();
    else await holding(scoreboard, placeOf(to.locks, id), write);
  }
}

/**
 * Status of a row that lives on. Flags E and C are the node's own, except that an operator may clear E, and set and clear C, and the
 * configuration sets and clears C: once, when that is new, so that a later failure, or a check that passes, counts again.
 *
 * @source apache-semantics section 18 (mod_proxy_balancer.c:balancer_process_balancer_worker), 21
 */
export function nextStatus(current: number, before: RolledWorker, after: RolledWorker): number {
  let runtime = current & RUNTIME_BITS;
  const was = before.statusChange ?? { set: 0, clear: 0 };
  const is = after.statusChange ?? { set: 0, clear: 0 };
  const newlySet = (is.set & ~was.set) | (after.effective.status & ~before.effective.status);
  const newlyCleared = is.clear & ~was.clear;
  // A failed health check that only words made goes when they are taken back: without checks nobody else would clear it.
  const takenBack = before.effective.status & ~after.effective.status & WorkerStatus.HC_FAIL;
  runtime &= ~((newlyCleared & (WorkerStatus.IN_ERROR | WorkerStatus.HC_FAIL)) | takenBack);
  runtime |= newlySet & WorkerStatus.HC_FAIL;
  return (after.effective.status & ~RUNTIME_BITS) | runtime;
}

function writeStatus(scoreboard: Scoreboard, slot: number, before: RolledWorker, after: RolledWorker): void {
  const current = scoreboard.status[slot] ?? 0;
  const next = nextStatus(current, before, after);
  scoreboard.status[slot] = next;
  if (current & ~next & WorkerStatus.IN_ERROR) scoreboard.errorTimeMs[slot] = 0;
}

/**
 * What an election remembers changes with a balancer as in httpd: another weight gives every member its weight as credit; another
 * method starts afresh with what it counts by, credit or traffic. A new member leaves credit alone, but restarts traffic: like
 * httpd's graceful restart, and lest it be sent everything until it has caught up with the bytes of all time.
 *
 * @source apache-semantics section 18 [manager-changes] [manager-lbmethod-reset] [manager-add-worker], 21
 */
function writeCredit(
  scoreboard: Scoreboard,
  { to, added }: RowChange,
  { before, after, changed }: { before: OwnerRoll; after: OwnerRoll; changed: readonly RolledWorker[] },
): void {
  const weighted = changed.some(({ key, effective }) => {
    const old = before.workers.get(key);
    return old !== undefined && old.effective.lbfactor !== effective.lbfactor;
  });
  const anotherMethod = before.lbmethod !== after.lbmethod;
  const byTraffic = after.lbmethod === 'bytraffic';
  const restart = byTraffic && (anotherMethod || changed.some(({ key }) => added.has(key)));
  if (!weighted && !anotherMethod && !restart) return;
  for (const [key, { effective }] of after.workers) {
    const slot = placeOf(to.slots, key);
    if (weighted) scoreboard.lbstatus[slot] = effective.lbfactor;
    if (anotherMethod && !byTraffic) scoreboard.lbstatus[slot] = 0;
    if (!restart) continue;
    Atomics.store(scoreboard.transferred, slot, 0n);
    Atomics.store(scoreboard.read, slot, 0n);
    Atomics.store(scoreboard.othersTraffic, slot, 0n);
  }
}

/**
 * Gives members of one balancer the fleet's verdict, or takes it from them. Everything else about them stays.
 *
 * @param lock of that balancer
 * @param slots looked up once the lock is held: waiting for it gives a change of the configuration time to come in between
 */
export async function writeVerdicts(
  scoreboard: Scoreboard,
  lock: number,
  slots: () => Iterable<number>,
  down: boolean,
): Promise<void> {
  await holding(scoreboard, lock, () => {
    for (const slot of slots()) {
      const status = scoreboard.status[slot] ?? 0;
      scoreboard.status[slot] = down ? status | WorkerStatus.FLEET_DOWN : status & ~WorkerStatus.FLEET_DOWN;
    }
  });
}

/**
 * Adds to what members of one balancer have in credit (lbstatus of byrequests and bybusyness, loadfactor × 100 per request), so that
 * this node makes up for what others did.
 *
 * @param lock of that balancer
 * @param credits slots and what each gets, positive or negative; looked up once the lock is held
 */
export async function adjustCredit(
  scoreboard: Scoreboard,
  lock: number,
  credits: () => Iterable<readonly [slot: number, credit: number]>,
): Promise<void> {
  await holding(scoreboard, lock, () => {
    for (const [slot, credit] of credits()) addLbstatus(scoreboard, slot, credit);
  });
}

async function holding(scoreboard: Scoreboard, lock: number, work: () => void): Promise<void> {
  await lockWithoutSleeping(scoreboard, lock);
  try {
    work();
  } finally {
    scoreboard.unlock(lock, AGENT_OWNER);
  }
}

/**
 * The main thread must not sleep on a lock: if its owner has died, only the main thread can notice that and free it. Thus it looks
 * again after other events had their turn.
 */
async function lockWithoutSleeping(scoreboard: Scoreboard, lock: number): Promise<void> {
  while (!scoreboard.tryLock(lock, AGENT_OWNER)) await nextTurn();
}

function placeOf(table: SlotTable, key: string): number {
  const place = table.live.get(key);
  if (place === undefined) throw new Error(`invariant broken: ${key} has no place in the scoreboard`);
  return place.slot;
}
