import type { Override } from '#shared/definition/override.ts';
import { parseStatus, statusWords } from '#shared/definition/worker-status.ts';
import type { WorkerReport } from '#shared/node-message.ts';
import { startTestNode } from '#test/support/penstock.ts';
import type { Gateway } from './bed.ts';
import type { MemberState, Step } from './vector.ts';

/** Starts a node with one thread, so that the order of elections is the order of requests. */
export async function startPenstock(config: readonly string[], port: number): Promise<Gateway> {
  // The helper brings the listener and the server's name.
  const lines = config.filter((line) => !/^(Listen|ServerName) /.test(line) || !line.includes(`:${port}`));
  const start = () => startTestNode(lines, { port });
  let node = await start();
  let marked = new Map<string, number>();
  const overrides = new Map<string, Override>();

  const balanced = () => node.node.workers().filter(({ balancer }) => !balancer.endsWith('!plain'));
  const elected = () => new Map(balanced().map((row) => [`${row.balancer} ${row.url}`, Number(row.elected)]));

  return {
    port,
    async state() {
      const rows = new Map<string, MemberState>();
      for (const row of balanced()) rows.set(row.url, shown(row));
      return rows;
    },
    async markAttempts() {
      marked = elected();
    },
    async attempts() {
      const urls: string[] = [];
      for (const [key, count] of elected()) {
        for (let n = marked.get(key) ?? 0; n < count; n++) urls.push(key.slice(key.indexOf(' ') + 1));
      }
      return { urls, ordered: false };
    },
    async manage(_: Step, params) {
      const override = overrideOf(params, overrides.get(`${params.b} ${params.w}`));
      overrides.set(`${params.b} ${params.w}`, override);
      await node.apply(lines, [...overrides.values()]);
      return 200;
    },
    async restart() {
      await node.stop();
      node = await start();
    },
    stop: () => node.stop(),
  };
}

/** A row as httpd's manager shows it. */
function shown(row: WorkerReport): MemberState {
  return {
    status: statusWords(row.status),
    loadfactor: row.loadfactor,
    lbstatus: row.lbstatus,
    lbset: row.lbset,
    elected: Number(row.elected),
    busy: row.busy,
    transferred: Number(row.transferred),
    read: Number(row.read),
    retries: row.retries,
    ...(row.route === '' ? {} : { route: row.route }),
  };
}

/** A form that sets status flags, as the override an operator would set. */
function overrideOf(params: Readonly<Record<string, string>>, before: Override | undefined): Override {
  const { b: balancer, w: worker, ...rest } = params;
  if (balancer === undefined || worker === undefined) throw new Error('the form names no worker');
  let { set, clear } = before?.parameters.status ?? { set: 0, clear: 0 };
  for (const [name, value] of Object.entries(rest)) {
    const letter = /^w_status_([A-Z])$/.exec(name)?.[1];
    if (letter === undefined) throw new Error(`forms with ${name} are not supported yet`);
    const change = parseStatus(value === '0' ? `-${letter}` : `+${letter}`);
    if ('error' in change) throw new Error(change.error);
    set = (set & ~change.clear) | change.set;
    clear = (clear & ~change.set) | change.clear;
  }
  return { balancer, worker, parameters: { status: { set, clear } }, actor: 'conformance', sinceMs: Date.now() };
}
