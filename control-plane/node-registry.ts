import { type Bus, type Subscription, subjects } from '#shared/bus.ts';
import { decodeAck, decodeObservations, decodeReport } from '#shared/codec/node-codec.ts';
import type { Report } from '#shared/node-message.ts';
import { foldAck, foldObservations, foldReport, isLive, type NodeState } from './core/projection/node.ts';
import { isRival } from './core/projection/rival.ts';
import type { Clock } from './ports.ts';

/** What the control plane knows of the fleet's nodes, from their own messages. In memory: nodes tell it again. */
export type NodeRegistry = {
  /** By name. */
  nodes(): readonly NodeState[];
  liveNodes(): readonly NodeState[];
  /** Called with every report that was taken, decoded once for all; returns how to stop it. */
  onReport(listener: (report: Report) => void): () => void;
  /** Messages not taken: unreadable, of another fleet, or of a node too many; and rows too many of one node. */
  dropped(): number;
  /** Called after every message with the node it is from, as that is now; returns how to stop it. */
  onChange(listener: (node: NodeState) => void): () => void;
  stop(): Promise<void>;
};

export type NodeRegistryOptions = {
  readonly fleet: string;
  readonly bus: Bus;
  readonly clock: Clock;
  /** Nodes remembered at most. */
  readonly maxNodes: number;
  readonly onUnreadable: (err: unknown, subject: string) => void;
  /** Two processes report under one name. */
  readonly onRival?: (node: string, bootIds: readonly [string, string]) => void;
};

type Message = { readonly node: string; readonly fleet: string };

/** Listens to the nodes. */
export async function startNodeRegistry(options: NodeRegistryOptions): Promise<NodeRegistry> {
  const { fleet, bus, clock } = options;
  const nodes = new Map<string, NodeState>();
  const listeners = new Set<(node: NodeState) => void>();
  const reportListeners = new Set<(report: Report) => void>();
  let dropped = 0;

  function receive<M extends Message>(
    decode: (payload: Uint8Array) => M,
    fold: (node: NodeState | undefined, message: M, nowMs: number) => NodeState,
    also?: (message: M) => void,
  ) {
    return (payload: Uint8Array, subject: string) => {
      const message = readMessage(decode, payload, subject);
      if (message === undefined || !hasRoomFor(message.node)) {
        dropped++;
        return;
      }
      const before = nodes.get(message.node);
      const after = fold(before, message, clock());
      nodes.set(message.node, after);
      tellRival(before, after);
      also?.(message);
      for (const listener of [...listeners]) listener(after);
    };
  }

  /** A node is who its subject says, which the bus has authenticated; a payload that says otherwise is not believed. */
  function readMessage<M extends Message>(decode: (payload: Uint8Array) => M, payload: Uint8Array, subject: string) {
    try {
      const message = decode(payload);
      if (message.fleet === fleet && subject.split('.').at(-2) === message.node) return message;
      throw new Error(`message of node "${message.node}", fleet "${message.fleet}"`);
    } catch (err) {
      options.onUnreadable(err, subject);
      return undefined;
    }
  }

  /** A new node takes the place of the one silent for longest, unless all are live. */
  function hasRoomFor(name: string): boolean {
    if (nodes.has(name) || nodes.size < options.maxNodes) return true;
    const gone = [...nodes.values()].filter((node) => !isLive(node, clock()));
    const oldest = gone.toSorted((a, b) => a.lastSeenMs - b.lastSeenMs)[0];
    return oldest !== undefined && nodes.delete(oldest.name);
  }

  function tellRival(before: NodeState | undefined, { name, bootId, rival }: NodeState): void {
    const nowMs = clock();
    if (!isRival(rival, nowMs) || isRival(before?.rival, nowMs)) return;
    options.onRival?.(name, [bootId, rival.bootId]);
  }

  function tellReport(report: Report): void {
    for (const listener of [...reportListeners]) listener(report);
  }

  const { allAcks, allReports, allObservations } = subjects(fleet);
  const subscriptions: Subscription[] = [
    await bus.subscribe(allAcks, receive(decodeAck, foldAck)),
    await bus.subscribe(allReports, receive(decodeReport, foldReport, tellReport)),
    await bus.subscribe(allObservations, receive(decodeObservations, foldObservations)),
  ];

  const sorted = () => [...nodes.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));

  return {
    nodes: sorted,
    liveNodes: () => sorted().filter((node) => isLive(node, clock())),
    onReport(listener) {
      reportListeners.add(listener);
      return () => reportListeners.delete(listener);
    },
    dropped: () => [...nodes.values()].reduce((sum, { rowsDropped = 0 }) => sum + rowsDropped, dropped),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      listeners.clear();
      reportListeners.clear();
      await Promise.all(subscriptions.map((subscription) => subscription.unsubscribe()));
    },
  };
}
