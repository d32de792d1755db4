/**
 * What nodes tell the control plane. Counters are cumulative since the row's `incarnation`, so that lost, repeated or
 * reordered reports change no total. Encoded as `penstock.v1` messages (`proto/node.proto`) by `codec/node-codec.ts`.
 */

/** A node's answer to a snapshot. */
export type Ack = {
  readonly node: string;
  /** UUID of this run of the node. */
  readonly bootId: string;
  readonly fleet: string;
  readonly revision: number;
  /** Content hash of the snapshot answered, lower-case hex. */
  readonly contentHash: string;
  readonly phase: AckPhase;
  /** From receiving to serving or rejecting, milliseconds; 0 for `received`. */
  readonly applyMs: number;
  /** Why it was rejected; with `serving`: faults that did not prevent it (a full disk). */
  readonly errors: readonly NodeError[];
};

export type AckPhase = 'received' | 'serving' | 'rejected';

/** One fault, with the object it is about and a stable code. */
export type NodeError = {
  /** A listener, worker, balancer or the snapshot: `listener *:80`, `snapshot 12`. */
  readonly object: string;
  readonly code: NodeErrorCode;
  readonly text: string;
};

export type NodeErrorCode =
  /** Bytes that do not decode, or do not have the hash they were published with. */
  | 'unreadable'
  /** Of another fleet. */
  | 'wrong-fleet'
  /** A revision lower than the one served, or the same revision with other content. */
  | 'fork'
  /** Empty or implausibly shrunken without leave. */
  | 'implausible'
  /** More workers or balancers than the scoreboard has room for. */
  | 'capacity'
  /** An address cannot be listened on. */
  | 'listen'
  /** A proxy thread refused it, or did not answer in time. */
  | 'compile'
  /** The disk copy could not be written. */
  | 'storage';

/** A node's state and every worker's cumulative counters. */
export type Report = {
  readonly node: string;
  readonly bootId: string;
  readonly fleet: string;
  /** From 1, by one; receivers ignore what is not newer than the last they saw of this boot. */
  readonly seq: number;
  /** Epoch milliseconds by the node's clock; for display, never for order. */
  readonly timeMs: number;
  /** Absent until the first snapshot is served. */
  readonly serving?: { readonly revision: number; readonly contentHash: string };
  /** The last of this boot: the node has stopped. */
  readonly final: boolean;
  readonly workers: readonly WorkerReport[];
};

/** One row of the scoreboard. */
export type WorkerReport = {
  /** `balancerId`, or `plainOwner` of a virtual host's plain workers (`main!plain`). */
  readonly balancer: string;
  /** Worker URL. */
  readonly url: string;
  /** Generation that made the row: a worker removed and added again counts from 0 under a new number. */
  readonly incarnation: number;
  /** No longer configured: only exchanges that were in progress at the change still count here, then the row goes. */
  readonly retired: boolean;
  /** `WorkerStatus` bits; `statusWords` gives httpd's words. */
  readonly status: number;
  readonly lbstatus: number;
  readonly busy: number;
  readonly retries: number;
  /** Epoch milliseconds; 0 = none. */
  readonly errorTimeMs: number;
  /** As configured with overrides: 1..100, at most two decimals. */
  readonly loadfactor: number;
  readonly lbset: number;
  readonly route: string;
  readonly redirect: string;
  readonly elected: bigint;
  /** httpd's To, bytes; from 0 again when its balancer becomes bytraffic or, being that, gets a member. */
  readonly transferred: bigint;
  /** httpd's From, bytes; reset like `transferred`. */
  readonly read: bigint;
  /** Exchanges whose request head was handed to the worker. */
  readonly requests: bigint;
  /** Complete responses relayed. */
  readonly responses: bigint;
  /** Attempts that failed. */
  readonly errors: bigint;
  /** Request body bytes towards the worker. */
  readonly bytesIn: bigint;
  /** Response body bytes to clients. */
  readonly bytesOut: bigint;
};

/** What one node saw of one worker. */
export type Observation = {
  readonly node: string;
  readonly bootId: string;
  readonly fleet: string;
  /** `balancerId` or `plainOwner`. */
  readonly balancer: string;
  readonly worker: string;
  /** The worker entered the error state on this node. */
  readonly kind: 'failed';
  /** A failure's stable name: `connect-refused`. */
  readonly reason: string;
  /** Epoch milliseconds by the node's clock. */
  readonly timeMs: number;
};
