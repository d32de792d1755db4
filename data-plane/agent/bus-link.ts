import type { Bus, Subscription } from '#shared/bus.ts';
import type { Logger } from '../ports.ts';

/** How long to wait before a subscription that failed is tried again, milliseconds. */
const RETRY_MS = { first: 200, most: 10_000 } as const;

/** How long the bus may take to connect at the start before that is told, milliseconds. */
const LATE_MS = 3_000;

export type BusLink = ReturnType<typeof createBusLink>;

/**
 * The bus as the agent uses it: it may be away at any time, at the start as well. What cannot be sent is dropped and counted, since
 * all a node says is said again.
 */
export function createBusLink(bus: Bus, log: Logger) {
  const subscriptions: Subscription[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const failing = new Set<string>();
  let sinceMs = performance.now();
  let unsent = 0;
  let closed = false;
  const stopListening = bus.onStatus(({ connected, detail }) => {
    sinceMs = performance.now();
    if (connected) log.info({ code: 'DP1115', bus: detail }, 'bus is connected');
    else if (!closed) log.warn({ code: 'DP1116', bus: detail }, 'bus is not connected');
  });
  // At the start it is on its way; it is told if it has not come by then.
  const late = setTimeout(() => {
    const { connected, detail } = bus.status();
    if (!connected && !closed) log.warn({ code: 'DP1116', bus: detail }, 'bus is not connected');
  }, LATE_MS);

  function later(work: () => void, ms: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  }

  async function establish(subscribe: () => Promise<Subscription>, waitMs: number): Promise<void> {
    if (closed) return;
    try {
      const subscription = await subscribe();
      if (closed) await subscription.unsubscribe();
      else subscriptions.push(subscription);
    } catch (err) {
      if (closed) return;
      log[waitMs === RETRY_MS.first ? 'warn' : 'debug']({ code: 'DP1117', err }, 'cannot follow the bus yet');
      later(() => void establish(subscribe, Math.min(waitMs * 2, RETRY_MS.most)), waitMs);
    }
  }

  return {
    bus,

    /** Subscribes now, or as soon as that can be done; logs the first failure of a row. Resolves after the first attempt. */
    follow: (subscribe: (bus: Bus) => Promise<Subscription>): Promise<void> =>
      establish(() => subscribe(bus), RETRY_MS.first),

    /**
     * Sends, or counts it as unsent. Logs the first failure of a row of them.
     *
     * @param code of the log line
     * @returns whether the bus took it
     */
    async send(subject: string, code: 'DP1301' | 'DP1302', payload: Uint8Array): Promise<boolean> {
      // A client might keep it for later, when it is old; that the bus is away has been said.
      if (!bus.status().connected) {
        unsent++;
        return false;
      }
      try {
        await bus.publish(subject, payload);
        failing.delete(subject);
        return true;
      } catch (err) {
        unsent++;
        if (!failing.has(subject) && !closed) log.warn({ code, subject, err }, 'message could not be published');
        failing.add(subject);
        return false;
      }
    },

    /** For operators. */
    view: () => ({ ...bus.status(), forMs: performance.now() - sinceMs, unsent }),

    /** Ends all subscriptions; the bus itself is somebody else's. */
    async unfollow(): Promise<void> {
      closed = true;
      stopListening();
      clearTimeout(late);
      for (const timer of timers) clearTimeout(timer);
      await Promise.allSettled(subscriptions.map((subscription) => subscription.unsubscribe()));
    },
  };
}
