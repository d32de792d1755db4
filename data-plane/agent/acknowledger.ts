import { subjects } from '#shared/bus.ts';
import { encodeAck } from '#shared/codec/node-codec.ts';
import type { Ack } from '#shared/node-message.ts';
import type { BusLink } from './bus-link.ts';
import type { NodeIdentity } from './reporter.ts';

/** Below this size of a fleet nobody is overrun by its acknowledgements. */
export const FEW_NODES = 100;
const MAX_JITTER_MS = 500;
const JITTER_PER_NODE_MS = 0.25;
/** Acknowledgements that wait their turn; older ones are dropped, newer ones say more. */
const MAX_WAITING = 32;

/**
 * Longest delay of an acknowledgement, so that a large fleet's do not all come in the same moment.
 *
 * @source protocol P7
 */
export function jitterMs(nodes: number): number {
  return nodes < FEW_NODES ? 0 : Math.min(MAX_JITTER_MS, nodes * JITTER_PER_NODE_MS);
}

export type Acknowledger = ReturnType<typeof createAcknowledger>;

/** Sends acknowledgements in order. One that is lost is made good by the next report. */
export function createAcknowledger(options: {
  readonly identity: NodeIdentity;
  readonly link: BusLink;
  readonly nodes: () => number;
  readonly random: () => number;
}) {
  const { identity, link, nodes, random } = options;
  const subject = subjects(identity.fleet).ack(identity.node);
  let waiting: Omit<Ack, keyof NodeIdentity>[] = [];
  let timer: NodeJS.Timeout | undefined;
  let dropped = 0;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const ack of waiting.splice(0)) void link.send(subject, 'DP1302', encodeAck({ ...identity, ...ack }));
  }

  return {
    acknowledge(ack: Omit<Ack, keyof NodeIdentity>): void {
      waiting.push(ack);
      dropped += Math.max(0, waiting.length - MAX_WAITING);
      waiting = waiting.slice(-MAX_WAITING);
      const delayMs = jitterMs(nodes()) * random();
      if (timer !== undefined) return;
      if (delayMs === 0) flush();
      else timer = setTimeout(flush, delayMs);
    },

    /** Acknowledgements dropped because newer ones came before their turn. */
    dropped: () => dropped,

    /** Sends what waits. */
    stop: flush,
  };
}
