import type { Bus, BusHandler } from '#shared/bus.ts';
import type { NatsBus } from '#shared/nats-bus/nats-bus.ts';
import * as real from '../../../shared/nats-bus/nats-bus.ts';
import type { NatsBusOptions } from '../../../shared/nats-bus/settings.ts';

/** What a process prints whose messages are faulty. */
export const MARK = 'faulty messages:';

/** Longest time by which a message is late, milliseconds. */
const LATE_MS = 300;

/**
 * A bus that loses messages, delivers them twice, or late and behind others, each with a probability. Calls that are answered
 * (kept keys, objects) are as they are: who makes them is told when they fail.
 *
 * @param random 0..1
 */
export function faultyBus<B extends Bus>(bus: B, share: number, random: () => number): B {
  const faulty =
    (handler: BusHandler, isOver: () => boolean): BusHandler =>
    (payload, subject) => {
      if (random() < share) return;
      const late = () => {
        if (!isOver()) handler(payload, subject);
      };
      const deliver = () => {
        if (random() < share) setTimeout(late, random() * LATE_MS);
        else handler(payload, subject);
      };
      deliver();
      if (random() < share) deliver();
    };

  const listen = async (
    how: 'subscribe' | 'watchLatest',
    key: string,
    handler: BusHandler,
  ): ReturnType<Bus['subscribe']> => {
    let over = false;
    const subscription = await bus[how](
      key,
      faulty(handler, () => over),
    );
    return {
      unsubscribe() {
        over = true;
        return subscription.unsubscribe();
      },
    };
  };
  return Object.assign(Object.create(bus), {
    subscribe: (subject: string, handler: BusHandler) => listen('subscribe', subject, handler),
    watchLatest: (key: string, handler: BusHandler) => listen('watchLatest', key, handler),
  });
}

/** In place of the real one (`faulty-messages.ts`), in a process that is to have a hard time. */
export async function natsBus(options: NatsBusOptions): Promise<NatsBus> {
  const share = Number(process.env.PENSTOCK_TEST_MESSAGE_FAULTS ?? 0);
  console.log(`${MARK} ${share}`);
  return faultyBus(await real.natsBus(options), share, Math.random);
}
