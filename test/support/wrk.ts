import { programOf, startProgram } from './program.ts';

/** What one run of wrk says. Times are microseconds. */
export type WrkResult = {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly errors: {
    readonly connect: number;
    readonly read: number;
    readonly write: number;
    readonly timeout: number;
  };
  /** Answers that were not 2xx or 3xx. */
  readonly failed: number;
  readonly output: string;
};

export type WrkLoad = {
  readonly url: string;
  readonly connections: number;
  readonly threads?: number;
  readonly seconds: number;
  readonly headers?: readonly string[];
  /** Path of a Lua script. */
  readonly script?: string;
};

/** Runs wrk (Debian package wrk). @throws when it fails */
export async function runWrk(load: WrkLoad): Promise<WrkResult> {
  const args = ['-t', String(load.threads ?? 1), '-c', String(load.connections), '-d', `${load.seconds}s`, '--latency'];
  for (const header of load.headers ?? []) args.push('-H', header);
  if (load.script !== undefined) args.push('-s', load.script);
  const program = startProgram(programOf('wrk', 'wrk'), [...args, load.url]);
  const code = await program.exited;
  const output = program.output();
  if (code !== 0) throw new Error(`wrk ended with ${code}: ${output}`);
  return { ...parseWrk(output), output };
}

/** Reads wrk's report. @throws when it isn't one */
export function parseWrk(output: string): Omit<WrkResult, 'output'> {
  const requests = /(\d+) requests in/.exec(output)?.[1];
  const perSecond = /Requests\/sec:\s+([\d.]+)/.exec(output)?.[1];
  if (requests === undefined || perSecond === undefined) throw new Error(`not a report of wrk: ${output}`);
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output);
  const [connect = 0, read = 0, write = 0, timeout = 0] = (errors ?? []).slice(1).map(Number);
  return {
    requests: Number(requests),
    requestsPerSecond: Number(perSecond),
    p50Us: microseconds(/^\s+50%\s+(\S+)/m.exec(output)?.[1]),
    p99Us: microseconds(/^\s+99%\s+(\S+)/m.exec(output)?.[1]),
    errors: { connect, read, write, timeout },
    failed: Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0),
  };
}

function microseconds(text = '0us'): number {
  const [, value, unit] = /^([\d.]+)(us|ms|s)$/.exec(text) ?? [];
  const factor = unit === 's' ? 1_000_000 : unit === 'ms' ? 1_000 : 1;
  return Number(value ?? 0) * factor;
}
