import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** Requests that go on while faults are done to a fleet. Each is counted once, as answered or as an error a client saw. */
export type Traffic = {
  /** Requests answered as they should be. */
  answered(): number;
  /** What clients saw go wrong, newest last: `node-1: 503`, `node-2: ECONNRESET`. */
  errors(): readonly string[];
  /** Waits until every client was answered this many times more. */
  more(times: number): Promise<void>;
  /** Stops; resolves when nothing is under way any more. */
  stop(): Promise<void>;
};

export type TrafficTarget = { readonly name: string; readonly url: string };

export type TrafficOptions = {
  readonly path?: string;
  /** Clients per target, each with one request under way. Default 2. */
  readonly clients?: number;
  /** Between an answer and the next request of a client, milliseconds. Default 5. */
  readonly pauseMs?: number;
  /** Longest a request may take. Default 10,000. */
  readonly timeoutMs?: number;
  /** What an answer must be. Default: status 200. */
  readonly isGood?: (status: number, body: string) => boolean;
};

/** Starts sending requests to every target. */
export function startTraffic(targets: readonly TrafficTarget[], options: TrafficOptions = {}): Traffic {
  const { path = '/', clients = 2, pauseMs = 5, timeoutMs = 10_000, isGood = (status) => status === 200 } = options;
  const dispatcher = new Agent({ connections: clients, headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
  const errors: string[] = [];
  const counts: number[] = [];
  let stopped = false;

  async function client(index: number, { name, url }: TrafficTarget): Promise<void> {
    while (!stopped) {
      try {
        const answer = await request(`${url}${path}`, { dispatcher });
        const body = await answer.body.text();
        if (isGood(answer.statusCode, body)) counts[index] = (counts[index] ?? 0) + 1;
        else errors.push(`${name}: ${answer.statusCode} ${body.slice(0, 80)}`);
      } catch (err) {
        const { code, message } = err as NodeJS.ErrnoException;
        errors.push(`${name}: ${code ?? message}`);
      }
      await delay(pauseMs);
    }
  }

  const all = targets.flatMap((target) => Array.from({ length: clients }, () => target));
  const running = all.map((target, index) => {
    counts.push(0);
    return client(index, target);
  });
  return {
    answered: () => counts.reduce((sum, count) => sum + count, 0),
    errors: () => errors,
    async more(times) {
      const wanted = counts.map((count) => count + times);
      while (!stopped && wanted.some((count, index) => (counts[index] ?? 0) < count)) await delay(5);
    },
    async stop() {
      stopped = true;
      await Promise.all(running);
      await dispatcher.close();
    },
  };
}
