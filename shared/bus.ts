/**
 * What carries messages between control plane and nodes. Two adapters, one contract suite: in-process for one machine, NATS
 * for a fleet. Payloads are encoded messages of `proto/`; nobody keeps or changes a buffer it handed over.
 */
export type Bus = {
  /** Sends to whoever subscribes now; at most once, order kept per publisher and subject. */
  publish(subject: string, payload: Uint8Array): Promise<void>;
  /** `subject` is dot-separated; `*` stands for one token, a final `>` for the rest. */
  subscribe(subject: string, handler: BusHandler): Promise<Subscription>;
  /** Keeps the last payload of `key` for those who join later, and sends it to those who watch. */
  putLatest(key: string, payload: Uint8Array): Promise<void>;
  /** Gives the kept payload first, if there is one, then each newer one; may skip to the newest. */
  watchLatest(key: string, handler: BusHandler): Promise<Subscription>;
  /** Ends all subscriptions; later calls are refused. */
  close(): Promise<void>;
};

export type BusHandler = (payload: Uint8Array, subject: string) => void;

export type Subscription = { unsubscribe(): Promise<void> };

/** Names of subjects and keys of one fleet. */
export function subjects(fleet: string) {
  return {
    /** Latest snapshot: `PublishedSnapshot` message. */
    snapshot: `penstock.v1.${fleet}.snapshot`,
    /** From a node: acknowledgements of snapshots. */
    ack: (node: string) => `penstock.v1.${fleet}.up.${node}.ack`,
    /** From a node: cumulative counters and states. */
    report: (node: string) => `penstock.v1.${fleet}.up.${node}.report`,
    /** From a node: what it saw of a worker. */
    observation: (node: string) => `penstock.v1.${fleet}.up.${node}.observation`,
    allAcks: `penstock.v1.${fleet}.up.*.ack`,
    allReports: `penstock.v1.${fleet}.up.*.report`,
    allObservations: `penstock.v1.${fleet}.up.*.observation`,
  } as const;
}
