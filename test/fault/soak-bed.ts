import { penstockUp } from '#test/support/penstock-up.ts';
import { memoryMiB } from '#test/support/process-usage.ts';
import { accountLines, accounts } from './accounts.ts';
import type { BackendProcess } from './backend-process.ts';
import { startBackendProcess } from './backend-process.ts';
import { killRun } from './kill-run.ts';

export type SoakOptions = {
  readonly requests: number;
  readonly wrkSeconds: number;
  readonly threads: number;
  readonly seed: number;
  readonly progress?: (line: string) => void;
};

const WRK_CONNECTIONS = 24;
const VERIFYING = 8;
/** A gateway that keeps anything of its exchanges is beyond this after a million of them. */
const MOST_MEMORY_MIB = 600;

/**
 * Runs `penstock up` in front of four backend processes, one of which is killed every second.
 *
 * @returns faults found (none expected) and what was seen
 */
export async function soak(options: SoakOptions): Promise<{ faults: string[]; seen: string[] }> {
  const backends: BackendProcess[] = [];
  try {
    for (const name of ['W1', 'W2', 'W3', 'W4']) backends.push(await startBackendProcess(name));
    const up = await penstockUp(
      [
        'MaxKeepAliveRequests 0',
        '<Proxy "balancer://soak">',
        ...backends.map(({ url }) => `  BalancerMember "${url}" retry=1 timeout=10`),
        '</Proxy>',
        'ProxyPass "/" "balancer://soak/"',
      ],
      { threads: options.threads },
    );
    let result: { faults: string[]; seen: string[] };
    let code: number | string;
    try {
      const run = await killRun({
        ...options,
        port: up.port,
        backends,
        workers: async () => {
          const rows = await up.workers();
          return backends.map(({ url }) => {
            const row = rows.find((each) => each.url === url);
            if (row === undefined) throw new Error(`penstock workers doesn't show ${url}`);
            return row;
          });
        },
        wrkConnections: WRK_CONNECTIONS,
        verifying: VERIFYING,
      });
      const memory = Math.round(memoryMiB(up.program.pid));
      const faults = accounts(run, backends, WRK_CONNECTIONS + VERIFYING);
      if (memory > MOST_MEMORY_MIB) faults.push(`the gateway holds ${memory} MiB after ${run.wrk.requests} requests`);
      result = { faults, seen: [...accountLines(run, backends), `memory of the gateway: ${memory} MiB`] };
    } finally {
      code = await up.stop();
    }
    if (code !== 0) result.faults.push(`penstock up ended with ${code}: ${up.program.output().slice(-2_000)}`);
    return result;
  } finally {
    for (const backend of backends) await backend.kill();
  }
}
