import type { Bus } from '#shared/bus.ts';
import { isLive, type NodeState } from './core/projection/node.ts';
import type { Logger } from './log.ts';
import type { NodeRegistry } from './node-registry.ts';
import type { Clock } from './ports.ts';

export type NodeWatchOptions = {
  readonly registry: Pick<NodeRegistry, 'nodes'>;
  readonly bus: Pick<Bus, 'status'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** How often it looks, milliseconds. */
  readonly everyMs?: number;
};

export type NodeWatch = {
  /** Tells what is new now. */
  look(): void;
  stop(): void;
};

/** After the bus was away, nodes have this long to be heard again before they are called silent. */
const GRACE_MS = 15_000;
/** Names in one line; there may be a thousand nodes. */
const NAMED = 20;

type Told = { readonly live: boolean; readonly refusal?: string };

/**
 * Logs nodes that come, stop, fall silent or refuse a configuration: changes, a line for all that did the same. While the bus is away
 * nobody is heard, which is told elsewhere.
 */
export function startNodeWatch({ registry, bus, clock, log, everyMs = 1_000 }: NodeWatchOptions): NodeWatch {
  const told = new Map<string, Told>();
  let quietUntilMs = Number.NEGATIVE_INFINITY;

  function look(): void {
    const nowMs = clock();
    if (!bus.status().connected) quietUntilMs = nowMs + GRACE_MS;
    const came: string[] = [];
    const stopped: string[] = [];
    const silent: string[] = [];
    const refusals = new Map<string, { readonly nodes: string[]; readonly node: NodeState }>();
    const nodes = registry.nodes();
    for (const node of nodes) {
      const before = told.get(node.name) ?? { live: false };
      const live = isLive(node, nowMs);
      // A node that is not heard after the bus was away may only be late.
      if (before.live && !live && !node.stopped && nowMs < quietUntilMs) continue;
      if (live && !before.live) came.push(node.name);
      if (!live && before.live) (node.stopped ? stopped : silent).push(node.name);
      const refusal = refusalOf(node);
      if (refusal !== undefined && refusal !== before.refusal) {
        const same = refusals.get(refusal) ?? { nodes: [], node };
        same.nodes.push(node.name);
        refusals.set(refusal, same);
      }
      told.set(node.name, { live, ...(refusal === undefined ? {} : { refusal }) });
    }
    if (told.size > nodes.length) forget(new Set(nodes.map(({ name }) => name)));
    if (came.length > 0) log.info({ code: 'CP2103', ...those(came) }, 'nodes are heard');
    if (stopped.length > 0) log.info({ code: 'CP2104', ...those(stopped) }, 'nodes have stopped');
    if (silent.length > 0) log.warn({ code: 'CP2105', ...those(silent) }, 'nodes are silent');
    for (const { nodes: names, node } of refusals.values()) {
      const { epoch, revision, errors } = node.lastAck ?? {};
      const reasons = errors?.slice(0, 3).map(({ object, text }) => `${object}: ${text}`);
      log.warn({ code: 'CP2106', epoch, revision, reasons, ...those(names) }, 'nodes refuse a configuration');
    }
  }

  /** The registry has forgotten them to make room. */
  function forget(known: ReadonlySet<string>): void {
    for (const name of told.keys()) if (!known.has(name)) told.delete(name);
  }

  const timer = setInterval(look, everyMs);
  return { look, stop: () => clearInterval(timer) };
}

function refusalOf({ lastAck }: NodeState): string | undefined {
  return lastAck?.phase === 'rejected' ? `${lastAck.epoch}.${lastAck.revision}` : undefined;
}

function those(names: readonly string[]): { readonly count: number; readonly nodes: readonly string[] } {
  return { count: names.length, nodes: names.slice(0, NAMED) };
}
