import { balancerId } from '#shared/definition/balancer.ts';
import { effectiveWorker } from '#shared/definition/defaults.ts';
import type { Definition } from '#shared/definition/definition.ts';
import { formatStatusChange } from '#shared/definition/format-setting.ts';
import type { Override } from '#shared/definition/override.ts';
import type { Worker } from '#shared/definition/worker.ts';
import { isUsable, statusWords } from '#shared/definition/worker-status.ts';
import { type FleetState, overrideKey } from '#shared/event/fold.ts';
import type { WorkerReport } from '#shared/node-message.ts';
import { type CounterTotals, counterKey, totalsOf, ZERO_TOTALS } from '../projection/counters.ts';
import type { FleetTotals } from '../projection/fleet-counters.ts';
import type { NodeState, Rows } from '../projection/node.ts';
import type { WorkerHealthView } from './health-view.ts';

/**
 * One worker as the API and `penstock workers` show it: configured, overridden, and as each node sees it. Counters are sums over all
 * nodes and their restarts.
 */
export type WorkerView = CounterTotals & {
  /** Balancer id; `<virtual host>!plain` for the plain workers of a server. */
  readonly balancer: string;
  readonly url: string;
  readonly lbset: number;
  readonly loadfactor: number;
  readonly route?: string;
  readonly redirect?: string;
  /**
   * httpd's words for what the live nodes see: `Init Ok`, `Init Err Stby`; `Mixed` when they differ, `configuredStatus` when
   * none reports.
   */
  readonly status: string;
  /** The flags it starts with, overrides applied. */
  readonly configuredStatus: string;
  /** Requests in progress, over the live nodes. */
  readonly busy: number;
  /** httpd's To and From, bytes, over the live nodes. */
  readonly transferred: bigint;
  readonly read: bigint;
  readonly override?: OverrideView;
  /** The fleet's opinion of it, and whose it is; absent when nobody was asked. */
  readonly health?: WorkerHealthView;
  /** Live nodes, each with what it sees now and what it has counted; not there when it was not asked for. */
  readonly nodes?: readonly WorkerNodeView[];
};

/** A worker as one node sees it; counters over all restarts of the node. */
export type WorkerNodeView = CounterTotals & {
  readonly node: string;
  readonly status: string;
  readonly usable: boolean;
  readonly busy: number;
  readonly lbstatus: number;
  /** ISO 8601; absent when there was no failure. */
  readonly errorTime?: string;
};

/** What of each node is shown: everything, only where nodes disagree, nothing. */
export const NODE_DETAILS = ['all', 'mixed', 'none'] as const;
export type NodeDetails = (typeof NODE_DETAILS)[number];

export type WorkersViewTerms = {
  /** The live ones. */
  readonly nodes: readonly NodeState[];
  readonly sums: FleetTotals;
  readonly health?: (balancer: string, worker: string) => WorkerHealthView;
  readonly details: NodeDetails;
};

/** Nodes see different things. */
const MIXED = 'Mixed';

/** An override as the API shows it; times are ISO 8601. */
export type OverrideView = {
  readonly balancer: string;
  readonly worker: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly actor: string;
  readonly reason?: string;
  readonly since: string;
  readonly until?: string;
};

/**
 * In configured order.
 *
 * @param name only the workers with this URL or host:port, or of this balancer
 */
export function workersView(
  state: FleetState,
  { nodes, sums, health, details }: WorkersViewTerms,
  name?: string,
): readonly WorkerView[] {
  const totals = sums.totals('workers');
  const reported = nodes.map(({ name, rows }) => ({ name, rows: currentRows(rows) }));
  return owners(state.definition).flatMap(({ owner, workers }) =>
    workers
      .filter(({ url }) => isNamed(owner, url, name))
      .map((worker): WorkerView => {
        const override = state.overrides.get(overrideKey({ balancer: owner, worker: worker.url }));
        const effective = effectiveWorker(worker, override?.parameters);
        const key = counterKey({ balancer: owner, url: worker.url });
        const rows = reported.flatMap(({ name, rows }) => {
          const row = rows.get(key);
          return row === undefined ? [] : [{ name, row }];
        });
        const words = commonStatus(rows.map(({ row }) => row));
        const showsNodes = details === 'all' || (details === 'mixed' && words === MIXED);
        const configuredStatus = statusWords(effective.status);
        return {
          balancer: owner,
          url: worker.url,
          lbset: effective.lbset,
          loadfactor: override?.parameters.loadfactor ?? worker.parameters.loadfactor ?? 1,
          ...(effective.route === '' ? {} : { route: effective.route }),
          ...(effective.redirect === '' ? {} : { redirect: effective.redirect }),
          status: words ?? configuredStatus,
          configuredStatus,
          ...(override === undefined ? {} : { override: overrideView(override) }),
          busy: rows.reduce((sum, { row }) => sum + row.busy, 0),
          ...(totals.get(key) ?? ZERO_TOTALS),
          transferred: rows.reduce((sum, { row }) => sum + row.transferred, 0n),
          read: rows.reduce((sum, { row }) => sum + row.read, 0n),
          ...(health === undefined ? {} : { health: healthOf(health(owner, worker.url), details) }),
          ...(showsNodes ? { nodes: rows.map(({ name, row }) => nodeView(name, row, sums)) } : {}),
        };
      }),
  );
}

function isNamed(owner: string, url: string, name: string | undefined): boolean {
  return name === undefined || owner === name || url === name || URL.parse(url)?.host === name;
}

/** Whose opinions they are is told with what each node sees. */
function healthOf(view: WorkerHealthView, details: NodeDetails): WorkerHealthView {
  return details === 'all' ? view : { ...view, witnesses: [] };
}

/** By `counterKey`. A worker removed and added again has two rows for a while: the old one only counts. */
function currentRows(rows: Rows): ReadonlyMap<string, WorkerReport> {
  const current = new Map<string, WorkerReport>();
  for (const row of rows.values()) {
    const key = counterKey(row);
    if (!row.retired && row.incarnation >= (current.get(key)?.incarnation ?? 0)) current.set(key, row);
  }
  return current;
}

function commonStatus(rows: readonly WorkerReport[]): string | undefined {
  const words = new Set(rows.map(({ status }) => statusWords(status)));
  return words.size > 1 ? MIXED : [...words][0];
}

function nodeView(node: string, row: WorkerReport, sums: FleetTotals): WorkerNodeView {
  const { status, busy, lbstatus, errorTimeMs } = row;
  const counters = sums.ofNode(node);
  const failed = errorTimeMs === 0 ? {} : { errorTime: new Date(errorTimeMs).toISOString() };
  const totals = counters === undefined ? ZERO_TOTALS : totalsOf(counters, 'workers', counterKey(row));
  return { node, status: statusWords(status), usable: isUsable(status), busy, lbstatus, ...failed, ...totals };
}

export function overrideView({
  balancer,
  worker,
  parameters,
  actor,
  reason,
  sinceMs,
  untilMs,
}: Override): OverrideView {
  const { status, ...others } = parameters;
  return {
    balancer,
    worker,
    parameters: { ...(status === undefined ? {} : { status: formatStatusChange(status) }), ...others },
    actor,
    ...(reason === undefined ? {} : { reason }),
    since: new Date(sinceMs).toISOString(),
    ...(untilMs === undefined ? {} : { until: new Date(untilMs).toISOString() }),
  };
}

function owners({ balancers, mainServer, virtualHosts }: Definition): { owner: string; workers: readonly Worker[] }[] {
  return [
    ...balancers.map((balancer) => ({ owner: balancerId(balancer), workers: balancer.members })),
    ...[mainServer, ...virtualHosts].map(({ id, workers }) => ({ owner: `${id}!plain`, workers })),
  ];
}
