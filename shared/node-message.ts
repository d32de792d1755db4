/**
 * What nodes tell the control plane. Counters are cumulative since the row's `incarnation`, so that lost, repeated or
 * reordered reports change no total. Encoded as `penstock.v1` messages (`proto/node.proto`) by `codec/node-codec.ts`.
 */

/** A node's answer to a configuration. */
export type Ack = {
  readonly node: string;
  /** UUID of this run of the node. */
  readonly bootId: string;
  readonly fleet: string;
  readonly epoch: number;
  readonly revision: number;
  /** State hash of the configuration answered, lower-case hex. */
  readonly stateHash: string;
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
  /** The disk copy could not be written, or read. */
  | 'storage'
  /** Not signed by a key this node trusts. */
  | 'signature'
  /** Needs a feature this node does not have. */
  | 'unsupported'
  /** The node died soon after it swapped to it, and went back. */
  | 'crash';

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
  readonly serving?: Serving;
  /** The last of this boot: the node has stopped, or the boot after it says what it had counted. */
  readonly final: boolean;
  /** Every row is here. Otherwise only rows that changed since the last report, or a part of them. */
  readonly complete: boolean;
  readonly workers: readonly WorkerReport[];
  readonly routes: readonly RouteReport[];
  /** `--label`: `zone` says which nodes fail together. */
  readonly labels: Readonly<Record<string, string>>;
  /** How long reports are apart. */
  readonly intervalMs: number;
  /** Why it refused the newest configuration it knows of, or has not kept what it serves on disk; else empty. */
  readonly errors: readonly NodeError[];
  /** Product version of the node. */
  readonly version: string;
};

/** Which configuration a node serves. */
export type Serving = {
  readonly epoch: number;
  readonly revision: number;
  /** Lower-case hex. */
  readonly stateHash: string;
};

/** One route's counters. Cumulative since the incarnation began. */
export type RouteReport = {
  /** Virtual host's id. */
  readonly virtualHost: string;
  /** `routeId`: the directive as far as it tells routes apart, `ProxyPass /app`. */
  readonly route: string;
  /** Generation that made the row. */
  readonly incarnation: number;
  /** Requests this route was chosen for. */
  readonly requests: bigint;
  /** Complete responses sent. */
  readonly responses: bigint;
  /** Requests that ended in a 5xx made here, or were cut off. */
  readonly errors: bigint;
  /** Request body bytes from clients. */
  readonly bytesIn: bigint;
  /** Response body bytes to clients. */
  readonly bytesOut: bigint;
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

/** What a node's opinion of one worker has become. */
export type Observation = {
  /** `balancerId` or `plainOwner`. */
  readonly balancer: string;
  readonly worker: string;
  readonly kind: ObservationKind;
  /** A failure's stable name: `connect-refused`; of checks, what was answered. '' if there is nothing to say. */
  readonly reason: string;
  /** Epoch milliseconds by the node's clock; for display. */
  readonly timeMs: number;
};

export type ObservationKind =
  /** A request's failure put the worker into the error state. */
  | 'failed'
  /** It answers requests again. */
  | 'answered'
  /** Checks failed as often as `hcfails` says. */
  | 'check-failed'
  /** Checks passed as often as `hcpasses` says. */
  | 'check-passed';

/** Opinions of one node, ordered by (boot, seq). */
export type Observations = {
  readonly node: string;
  readonly bootId: string;
  readonly fleet: string;
  /** From 1, by one; receivers ignore what is not newer. */
  readonly seq: number;
  /** All opinions the node holds are here; otherwise those that changed. */
  readonly complete: boolean;
  readonly observations: readonly Observation[];
};
