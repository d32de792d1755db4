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
  };
}
