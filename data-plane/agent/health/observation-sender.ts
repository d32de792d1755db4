import { type Bus, BusError, subjects } from '#shared/bus.ts';
import { encodeObservations } from '#shared/codec/node-codec.ts';
import type { Observation } from '#shared/node-message.ts';
import type { Logger } from '../../ports.ts';
import type { NodeIdentity } from '../reporter.ts';
import type { Opinions } from './opinions.ts';

export type ObservationSenderOptions = {
  readonly identity: NodeIdentity;
  readonly bus: Pick<Bus, 'publish' | 'onStatus'>;
  readonly opinions: Opinions;
  readonly log: Logger;
  readonly clock: () => number;
  readonly random: () => number;
  /** How long opinions are gathered after some have been sent, milliseconds. */
  readonly batchMs: number;
  /** How far complete sets are apart, milliseconds, ± 20 %. */
  readonly completeMs: number;
  /** See `Opinions.takeAll`. */
  readonly isRenewed: (key: string) => boolean;
};

/** Opinions in one message: about 200 bytes each, well below a bus's largest payload. */
const PER_MESSAGE = 2_000;

export type ObservationSender = ReturnType<typeof createObservationSender>;

/**
 * Tells the fleet this node's opinions: what is new at once, or with the next batch when some went just before; all of them every so
 * often and after each reconnect, so that a lost message heals. One that cannot be sent is not kept: the complete set has it.
 */
export function createObservationSender(options: ObservationSenderOptions) {
  const { identity, bus, opinions, log, clock, random, batchMs, completeMs, isRenewed } = options;
  const subject = subjects(identity.fleet).observation(identity.node);
  let seq = 0;
  let failing = false;
  let batchTimer: NodeJS.Timeout | undefined;
  let completeTimer: NodeJS.Timeout | undefined;
  let stopListening: (() => void) | undefined;

  async function send(observations: readonly Observation[], complete: boolean): Promise<void> {
    const message = { ...identity, seq: ++seq, complete, observations };
    try {
      await bus.publish(subject, encodeObservations(message));
      failing = false;
    } catch (err) {
      // That the bus is away has been said by whoever keeps it; of other trouble the first of a row.
      const isAway = err instanceof BusError && err.code === 'disconnected';
      if (!failing && !isAway) log.warn({ code: 'DP1508', err }, 'observations could not be published');
      failing = true;
    }
  }

  function sendUntold(): void {
    batchTimer = undefined;
    if (opinions.untold() === 0) return;
    void send(opinions.takeUntold(PER_MESSAGE), false);
    batchTimer = setTimeout(sendUntold, batchMs);
  }

  function sendAll(): void {
    const all = opinions.takeAll(clock(), isRenewed);
    // What does not fit into one message can't be called complete: nothing in it may be taken for withdrawn.
    const complete = all.length <= PER_MESSAGE;
    for (let from = 0; from === 0 || from < all.length; from += PER_MESSAGE) {
      void send(all.slice(from, from + PER_MESSAGE), complete);
    }
  }

  function sendAllRegularly(): void {
    completeTimer = setTimeout(
      () => {
        sendAll();
        sendAllRegularly();
      },
      completeMs * (0.8 + 0.4 * random()),
    );
  }

  return {
    start(): void {
      stopListening = bus.onStatus(({ connected }) => {
        if (connected) sendAll();
      });
      sendAllRegularly();
    },

    /** Something new is held. */
    changed(): void {
      if (batchTimer === undefined) sendUntold();
    },

    stop(): void {
      stopListening?.();
      clearTimeout(completeTimer);
      clearTimeout(batchTimer);
      if (opinions.untold() > 0) void send(opinions.takeUntold(PER_MESSAGE), false);
    },
  };
}
