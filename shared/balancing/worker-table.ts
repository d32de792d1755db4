/**
 * The worker rows elections read and write, as typed arrays indexed by slot. On a node they are views on the scoreboard's
 * SharedArrayBuffer and the caller holds the balancer's lock; in tests and simulations they are plain arrays. All are
 * owned by the caller and changed in place: this is the measured hot path.
 */
export type WorkerTable = {
  /** `WorkerStatus` bits. */
  readonly status: Int32Array;
  /** httpd's lbstatus: credit of byrequests and bybusyness, in units of loadfactor × 100. */
  readonly lbstatus: Int32Array;
  /** Requests in progress, failed attempts of unfinished requests included. Changed outside the lock: use Atomics. */
  readonly busy: Int32Array;
  /** Times the error state was cleared since the last successful connect. */
  readonly retries: Int32Array;
  /** Epoch milliseconds of the last failure; 0 = none. */
  readonly errorTimeMs: Float64Array;
  /** Times elected; exact up to 2^53. */
  readonly elected: Float64Array;
  /** Bytes written to the worker: request heads and bodies. Changed outside the lock: use Atomics. */
  readonly transferred: BigInt64Array;
  /** Bytes read: status line without its end, and body without chunk framing. Changed outside the lock: use Atomics. */
  readonly read: BigInt64Array;
  /**
   * Bytes both ways that other nodes moved for the worker, as far as this node is to level them out; 0 where each node balances
   * for itself. Changed outside the lock: use Atomics.
   */
  readonly othersTraffic: BigInt64Array;
};

/** Rows in plain memory, for tests and simulations. */
export function createWorkerTable(slots: number): WorkerTable {
  return {
    status: new Int32Array(slots),
    lbstatus: new Int32Array(slots),
    busy: new Int32Array(slots),
    retries: new Int32Array(slots),
    errorTimeMs: new Float64Array(slots),
    elected: new Float64Array(slots),
    transferred: new BigInt64Array(slots),
    read: new BigInt64Array(slots),
    othersTraffic: new BigInt64Array(slots),
  };
}

/** Status bits of a row. A slot outside the table reads as 0: not initialised, so never elected. */
export function statusOf(table: WorkerTable, slot: number): number {
  return table.status[slot] ?? 0;
}

/** httpd's lbstatus of a row. */
export function lbstatusOf(table: WorkerTable, slot: number): number {
  return table.lbstatus[slot] ?? 0;
}

const MAX_LBSTATUS = 0x7fff_ffff;
const MIN_LBSTATUS = -0x8000_0000;

/**
 * Adds to a row's lbstatus, stopping at the ends of the int httpd keeps it in: sticky traffic credits idle workers without
 * end (2^31 is 21 million requests at loadfactor 1), and a wrapped credit would turn the preferred worker into the last.
 */
export function addLbstatus(table: WorkerTable, slot: number, delta: number): number {
  const sum = lbstatusOf(table, slot) + delta;
  const kept = Math.max(MIN_LBSTATUS, Math.min(MAX_LBSTATUS, sum));
  table.lbstatus[slot] = kept;
  return kept;
}

/** Counts an election of this worker. */
export function countElected(table: WorkerTable, slot: number): void {
  table.elected[slot] = (table.elected[slot] ?? 0) + 1;
}

/** Requests in progress on a worker. */
export function busyOf(table: WorkerTable, slot: number): number {
  return Atomics.load(table.busy, slot);
}

/**
 * A worker was chosen for a request: it is busy with it until `endBusy`, which every attempt owes when the client request
 * is completely finished, the failed attempts included. Needs no lock.
 *
 * @source mod_proxy_balancer.c:proxy_balancer_pre_request
 */
export function beginBusy(table: WorkerTable, slot: number): void {
  Atomics.add(table.busy, slot, 1);
}

/** The client request is finished. Stays at 0 when a reset of bybusyness came in between. Needs no lock. */
export function endBusy(table: WorkerTable, slot: number): void {
  for (;;) {
    const busy = Atomics.load(table.busy, slot);
    if (busy <= 0 || Atomics.compareExchange(table.busy, slot, busy, busy - 1) === busy) return;
  }
}

/** Counts bytes written to a worker (head and body). Needs no lock. */
export function countTransferred(table: WorkerTable, slot: number, bytes: number): void {
  Atomics.add(table.transferred, slot, BigInt(bytes));
}

/** Counts bytes read from a worker (status line without its end, body without framing). Needs no lock. */
export function countRead(table: WorkerTable, slot: number, bytes: number): void {
  Atomics.add(table.read, slot, BigInt(bytes));
}
