/**
 * What carries messages between control plane and nodes. Two adapters, one contract suite: in-process for one machine, NATS
 * for a fleet. Payloads are encoded messages of `proto/`; nobody keeps or changes a buffer it handed over.
 *
 * Subjects and keys are dot-separated tokens. Every kept key is a subject as well: who subscribes to it gets what is put, live.
 * Keys lie under `subjects(fleet).kept`, where nothing can be sent without being kept: `publish` refuses such subjects.
 */
export type Bus = {
  /**
   * Sends to whoever subscribes now; at most once, order kept per publisher and subject.
   *
   * @throws BusError `too-large` beyond `maxPayloadBytes`, `disconnected`, `closed`
   */
  publish(subject: string, payload: Uint8Array): Promise<void>;
  /** `subject` is dot-separated; `*` stands for one token, a final `>` for the rest. Survives reconnects. */
  subscribe(subject: string, handler: BusHandler): Promise<Subscription>;

  /**
   * Keeps the last payload of `key` for those who join later, and sends it to those who watch or subscribe.
   *
   * @param options.ifVersion keep it only if the key still has this version (0: nothing kept)
   * @returns the key's new version; versions only grow
   * @throws BusError `conflict` when the version is another; whoever is subscribed may have got the payload all the same
   */
  putLatest(key: string, payload: Uint8Array, options?: { readonly ifVersion?: number }): Promise<number>;
  getLatest(key: string): Promise<Kept | undefined>;
  /**
   * Gives what is kept first, then each newer one; may skip to the newest, and gives the kept one again after a reconnect.
   *
   * @param key exact, or with wildcards as in `subscribe`: then what is kept under each key
   */
  watchLatest(key: string, handler: BusHandler): Promise<Subscription>;
  /** Kept keys that match a pattern. */
  keys(pattern: string): Promise<readonly string[]>;
  /** Forgets what is kept under a key; no error if nothing is. */
  remove(key: string): Promise<void>;

  /**
   * Keeps bytes of any size under a name that never changes its content: whole, or not there at all. Idempotent.
   *
   * @throws BusError `conflict` when other bytes are kept under the name
   */
  putObject(name: string, payload: Uint8Array): Promise<void>;
  /** undefined if it is not there whole. */
  getObject(name: string): Promise<Uint8Array | undefined>;
  /** Names of whole objects that match a pattern. */
  objects(pattern: string): Promise<readonly string[]>;
  removeObject(name: string): Promise<void>;

  /** Largest payload of one message. */
  readonly maxPayloadBytes: number;
  status(): BusStatus;
  /** Called at each change of `status().connected`; returns how to stop it. */
  onStatus(listener: (status: BusStatus) => void): () => void;
  /** Ends all subscriptions; later calls are refused. */
  close(): Promise<void>;
};

export type BusHandler = (payload: Uint8Array, subject: string) => void;

export type Subscription = { unsubscribe(): Promise<void> };

/** A kept payload; `version` grows with each put of its key. */
export type Kept = { readonly payload: Uint8Array; readonly version: number };

export type BusStatus = {
  readonly connected: boolean;
  /** For operators: the server, or what is wrong. Without credentials. */
  readonly detail: string;
};

export type BusErrorCode =
  /** The kept version is not the one expected. */
  | 'conflict'
  | 'too-large'
  /** No server answers now; the call had no effect that can be known. */
  | 'disconnected'
  /** The server refuses: permissions, or a stream that is not ours. */
  | 'refused'
  | 'closed';

/** A fault of the bus that callers can expect. */
export class BusError extends Error {
  readonly code: BusErrorCode;

  constructor(code: BusErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BusError';
    this.code = code;
  }
}

/** Names of subjects, keys and objects of one fleet. Fleet, node and boot id are single tokens. */
export function subjects(fleet: string) {
  const root = `penstock.v1.${fleet}`;
  return {
    /** Kept: everything under it lives in the fleet's JetStream stream. */
    kept: `${root}.keep.>`,
    /** Kept: `SignedHead`, which configuration the fleet is at. */
    head: `${root}.keep.head`,
    /** Kept: `Delta` from the revision before to this one. */
    delta: (revision: number) => `${root}.keep.delta.${revision}`,
    allDeltas: `${root}.keep.delta.*`,
    /** Object: an encoded `Snapshot`. */
    snapshot: (revision: number, snapshotHash: string) => `snapshot.${revision}.${snapshotHash.slice(0, 16)}`,
    allSnapshots: 'snapshot.*.*',
    /** Kept: a stored commit's bytes (`CommitCopy`), a second copy of the newest ones for repair. Not for nodes. */
    commit: (revision: number) => `${root}.keep.commit.${revision}`,
    allCommits: `${root}.keep.commit.*`,
    /** Object: a `CommitCopy` that is too large for one message. */
    commitObject: (revision: number, hash: string) => `commit.${revision}.${hash.slice(0, 16)}`,
    allCommitObjects: 'commit.*.*',
    /** Kept: `HealthFrame`, all verdicts. */
    health: `${root}.keep.health`,
    /** Kept: `Members`, the live nodes. */
    members: `${root}.keep.members`,
    /** Live only: `FleetTraffic`. */
    traffic: `${root}.traffic`,
    /** Kept, from a node: the last `Report` of a boot that has ended, until the control plane has stored it. */
    finalReport: (node: string, bootId: string) => `${root}.keep.final.${node}.${bootId}`,
    allFinalReports: `${root}.keep.final.*.*`,
    /** From a node: acknowledgements of configurations. */
    ack: (node: string) => `${root}.up.${node}.ack`,
    /** From a node: cumulative counters and states. */
    report: (node: string) => `${root}.up.${node}.report`,
    /** From a node: what it saw of workers. */
    observation: (node: string) => `${root}.up.${node}.observation`,
    allAcks: `${root}.up.*.ack`,
    allReports: `${root}.up.*.report`,
    allObservations: `${root}.up.*.observation`,
  } as const;
}
