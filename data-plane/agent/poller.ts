import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../ports.ts';

export type PollSettings = {
  /** Base URLs of control planes' admin APIs, tried in turn. */
  readonly urls: readonly string[];
  readonly token?: string;
  /** How long the bus must have been of no use, milliseconds. */
  readonly afterMs: number;
  /** Between polls, milliseconds; ± 20 %. */
  readonly everyMs: number;
};

/** `GET` as far as it is used. */
export type HttpGet = (
  url: string,
  headers: Readonly<Record<string, string>>,
) => Promise<{ readonly status: number; readonly etag: string | undefined; readonly body: Uint8Array }>;

export type PollerOptions = PollSettings & {
  /** Since when the bus has been of no use, by `nowMs`; undefined while it is of use. */
  readonly uselessSinceMs: () => number | undefined;
  /** A node that serves nothing does not wait. */
  readonly servesNothing: () => boolean;
  /** An encoded `KeptConfiguration`. @returns what is wrong with it */
  readonly take: (encoded: Uint8Array) => string | undefined;
  readonly get?: HttpGet;
  readonly nowMs?: () => number;
  readonly random: () => number;
  readonly log: Logger;
};

/** How long a node that serves nothing waits for the bus, milliseconds. */
const IMPATIENT_MS = 2_000;
const LOOK_MS = 1_000;

export type Poller = ReturnType<typeof createPoller>;

/**
 * Gets the configuration from the control plane itself while the bus is away, or does not have what a head speaks of. What comes is
 * proved like anything else.
 *
 * @source protocol section 5, "NATS down"
 */
export function createPoller(options: PollerOptions) {
  const { urls, log, random } = options;
  const get = options.get ?? httpGet;
  const now = options.nowMs ?? (() => performance.now());
  const etags = new Map<string, string>();
  const over = new AbortController();
  /** Of the longest delay, drawn anew for each time the bus is of no use: nodes that lose it together do not all ask together. */
  let share = random();
  let turn = Math.floor(random() * urls.length);
  let polling = false;
  let failing = false;
  let polls = 0;

  async function poll(): Promise<void> {
    for (let tried = 0; tried < urls.length; tried++) {
      const url = urls[turn++ % urls.length] ?? '';
      polls++;
      const problem = await pollOne(url).catch((err: Error) => err.message);
      if (problem === undefined) {
        failing = false;
        return;
      }
      if (!failing) log.warn({ code: 'DP1114', url, reason: problem }, 'polling gave nothing');
    }
    failing = true;
  }

  /** @returns what went wrong */
  async function pollOne(url: string): Promise<string | undefined> {
    const etag = etags.get(url);
    const { token } = options;
    const { status, body, ...answer } = await get(`${url.replace(/\/$/, '')}/v1/configuration`, {
      ...(etag === undefined ? {} : { 'if-none-match': etag }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    });
    if (status === 304) return undefined;
    if (status !== 200) return `status ${status}`;
    const wrong = options.take(body);
    // What could not be used is not to be called unchanged the next time.
    if (wrong === undefined && answer.etag !== undefined) etags.set(url, answer.etag);
    return wrong;
  }

  /** How long the bus may be useless before the next poll. */
  function patienceMs(): number {
    const { afterMs } = options;
    return options.servesNothing() ? Math.min(afterMs, IMPATIENT_MS) : afterMs * (1 + 0.3 * share);
  }

  async function run(): Promise<void> {
    const { signal } = over;
    while (!signal.aborted) {
      const since = options.uselessSinceMs();
      const due = since !== undefined && now() - since >= patienceMs();
      if (due !== polling) {
        polling = due;
        if (due) log.warn({ code: 'DP1113', urls }, 'polling the control plane');
        else share = random();
      }
      if (due) await poll();
      const everyMs = options.servesNothing() ? Math.min(options.everyMs, IMPATIENT_MS) : options.everyMs;
      const pauseMs = due ? everyMs * (0.8 + 0.4 * random()) : Math.min(LOOK_MS, options.afterMs);
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  }

  return {
    start(): void {
      if (urls.length > 0) void run();
    },
    /** For operators. */
    view: () => ({ polling, polls }),
    stop: () => over.abort(),
  };
}

const TIMEOUT_MS = 10_000;
/** Far beyond any configuration: 100,000 workers are about 10 MB. */
const MAX_BODY_BYTES = 256 * 1024 * 1024;

async function httpGet(url: string, headers: Readonly<Record<string, string>>) {
  const response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return { status: response.status, etag: response.headers.get('etag') ?? undefined, body: Buffer.concat(chunks) };
}
