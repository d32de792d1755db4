import { encodeReport } from '#shared/codec/node-codec.ts';
import type { Report, RouteReport, WorkerReport } from '#shared/node-message.ts';

/** Rows of one report. */
export type ReportRows = { readonly workers: readonly WorkerReport[]; readonly routes: readonly RouteReport[] };

/**
 * A report as messages that the bus takes: one, or several of which each has a part of the rows, in halves until all fit. Nothing
 * that is only a part is called complete.
 *
 * @param nextSeq gives each message its number
 */
export function reportMessages(report: Omit<Report, 'seq'>, maxBytes: number, nextSeq: () => number): Uint8Array[] {
  const seq = nextSeq();
  const encoded = encodeReport({ ...report, seq });
  const rows = report.workers.length + report.routes.length;
  // A single row always fits.
  if (encoded.length <= maxBytes || rows <= 1) return [encoded];
  const reuse = once(seq, nextSeq);
  return halves(report).flatMap((half) => reportMessages({ ...report, ...half, complete: false }, maxBytes, reuse));
}

function halves({ workers, routes }: ReportRows): ReportRows[] {
  if (routes.length > 0 && workers.length > 0)
    return [
      { workers, routes: [] },
      { workers: [], routes },
    ];
  const middle = Math.ceil((workers.length + routes.length) / 2);
  return [
    { workers: workers.slice(0, middle), routes: routes.slice(0, middle) },
    { workers: workers.slice(middle), routes: routes.slice(middle) },
  ];
}

/** The number that was not used after all, then new ones. */
function once(unused: number, nextSeq: () => number): () => number {
  let left: number | undefined = unused;
  return () => {
    const seq = left ?? nextSeq();
    left = undefined;
    return seq;
  };
}

/** Rows that differ from those last sent; a value that grows with the rows there are. */
export type SentRows = ReadonlyMap<string, WorkerReport | RouteReport>;

export function changedRows(sent: SentRows, { workers, routes }: ReportRows): ReportRows {
  return {
    workers: workers.filter((row) => differs(sent.get(workerRowKey(row)), row)),
    routes: routes.filter((row) => differs(sent.get(routeRowKey(row)), row)),
  };
}

/** What has been sent, once these rows have been, too. Rows that are gone are forgotten. */
export function sentRows({ workers, routes }: ReportRows): SentRows {
  return new Map<string, WorkerReport | RouteReport>([
    ...workers.map((row) => [workerRowKey(row), row] as const),
    ...routes.map((row) => [routeRowKey(row), row] as const),
  ]);
}

/** Rows that have counted anything: all that totals need. */
export function countedRows({ workers, routes }: ReportRows): ReportRows {
  return {
    workers: workers.filter((row) => row.elected !== 0n || hasCounted(row)),
    routes: routes.filter(hasCounted),
  };
}

function hasCounted({ requests, responses, errors, bytesIn, bytesOut }: RouteReport | WorkerReport): boolean {
  return (requests | responses | errors | bytesIn | bytesOut) !== 0n;
}

function workerRowKey({ balancer, url, incarnation }: WorkerReport): string {
  return `worker ${incarnation} ${balancer} ${url}`;
}

function routeRowKey({ virtualHost, route, incarnation }: RouteReport): string {
  return `route ${incarnation} ${virtualHost} ${route}`;
}

function differs(before: object | undefined, now: object): boolean {
  if (before === undefined) return true;
  const old = before as Readonly<Record<string, unknown>>;
  return Object.entries(now).some(([name, value]) => old[name] !== value);
}
