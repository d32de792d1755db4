import { memoryFiles } from '#shared/httpd-conf/memory-files.ts';
import { readHttpdConf } from '#shared/httpd-conf/read.ts';
import { type ConfigurationSwap, createConfigurationSwap } from '../../data-plane/agent/configuration-swap.ts';
import type { Configured } from '../../data-plane/agent/keep-same.ts';
import type { ListenMapping } from '../../data-plane/agent/listen-map.ts';
import { probeAddress } from '../../data-plane/agent/probe-address.ts';
import { createThreadPool } from '../../data-plane/agent/thread-pool.ts';
import { workerThreads } from '../../data-plane/agent/worker-thread.ts';
import type { StartThread, ThreadHandle } from '../../data-plane/ports.ts';
import type { FromThread, ToThread } from '../../data-plane/proxy/thread-message.ts';
import type { Capacity } from '../../data-plane/scoreboard/layout.ts';
import { createScoreboard, openScoreboard, type Scoreboard } from '../../data-plane/scoreboard/scoreboard.ts';

/** The serving half of a node: real proxy threads and the swap that feeds them; no bus, no disk, no reports. */
export type SwapBed = {
  readonly swap: ConfigurationSwap;
  readonly scoreboard: Scoreboard;
  /** Everything posted to threads, in order. */
  readonly posted: { readonly thread: number; readonly message: ToThread }[];
  readonly lines: readonly object[];
  /** By thread number: its current run. */
  readonly threads: ReadonlyMap<number, ThreadHandle>;
  /** Messages of threads as they come. */
  onMessage: (message: FromThread) => void;
  /** Serves a configuration. Throws what is wrong with it. */
  serve(configured: Configured): Promise<void>;
  /** Serves these lines of httpd's configuration language. */
  configure(lines: readonly string[]): Promise<void>;
  close(): Promise<void>;
};

export type SwapBedOptions = {
  readonly threads?: number;
  readonly capacity?: Partial<Capacity>;
  readonly listenMap?: readonly ListenMapping[];
};

export async function startSwapBed(options: SwapBedOptions = {}): Promise<SwapBed> {
  const count = options.threads ?? 2;
  const capacity = { slots: 16_384, locks: 4_096, ...options.capacity, threads: count };
  const memory = createScoreboard(capacity);
  const scoreboard = openScoreboard(memory);
  const posted: { thread: number; message: ToThread }[] = [];
  const lines: object[] = [];
  const threads = new Map<number, ThreadHandle>();
  const write = (level: string) => (fields: object, message: string) => void lines.push({ level, message, ...fields });
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };

  const start = workerThreads(new URL('../../data-plane/proxy/thread.ts', import.meta.url));
  const recorded: StartThread = (data, events) => {
    const handle = start(data, events);
    threads.set(data.thread, handle);
    return {
      post(message) {
        posted.push({ thread: data.thread, message });
        handle.post(message);
      },
      terminate: () => handle.terminate(),
    };
  };
  const pool = createThreadPool({
    start: recorded,
    threads: count,
    scoreboard: memory,
    product: 'Penstock/test',
    gracefulTimeoutMs: 1000,
    answerTimeoutMs: 10_000,
    restart: { delayMs: 1, maxDelayMs: 10, times: 3, windowMs: 60_000 },
    log,
    onMessage: (message) => bed.onMessage(message),
    onReleased: () => swap.release(),
    onFailed: () => {},
  });
  const { listenMap = [] } = options;
  const swap = createConfigurationSwap({ pool, scoreboard, capacity, probe: probeAddress, log, listenMap });
  await pool.start();

  let revision = 0;
  const bed: SwapBed = {
    swap,
    scoreboard,
    posted,
    lines,
    threads,
    onMessage: () => {},
    async serve(configured) {
      const errors = await swap.swapTo({ fleet: 'test', revision: ++revision, ...configured });
      if (errors.length > 0) throw new Error(errors.map(({ text }) => text).join('; '));
    },
    async configure(text) {
      const files = memoryFiles(new Map([['gateway.conf', text.join('\n')]]));
      const { definition, diagnostics } = readHttpdConf('gateway.conf', files);
      if (definition === undefined) throw new Error(JSON.stringify(diagnostics));
      await bed.serve({ definition, overrides: [] });
    },
    async close() {
      await pool.stop();
    },
  };
  return bed;
}
