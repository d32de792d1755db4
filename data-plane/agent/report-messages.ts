import { encodeReport, encodeReportRows } from '#shared/codec/node-codec.ts';
import type { Report, RouteReport, WorkerReport } from '#shared/node-message.ts';
import { mapInSteps, type Steps } from '#shared/slices.ts';

/** Rows of one report. */
export type ReportRows = { readonly workers: readonly WorkerReport[]; readonly routes: readonly RouteReport[] };

const NO_ROWS: ReportRows = { workers: [], routes: [] };

/** Rows encoded in one go: a fraction of a millisecond. */
const PIECE_ROWS = 50;

/**
 * A report as messages that the bus takes: one, or several of which each has a part of the rows. Nothing that is only a part is called
 * complete. Pauses: ten thousand rows take tens of milliseconds, and verdicts must not wait for that.
 *
 * @param nextSeq gives each message its number
 */
export function* reportMessages(
  report: Omit<Report, 'seq'>,
  maxBytes: number,
  nextSeq: () => number,
): Steps<Uint8Array[]> {
  const headOf = (complete: boolean, seq: number) => encodeReport({ ...report, ...NO_ROWS, complete, seq });
  // With room for numbers that take more bytes than this one.
  const room = maxBytes - headOf(true, Number.MAX_SAFE_INTEGER).length;
  const pieces = (yield* mapInSteps(piecesOf(report), (rows) => encodePiece(rows, room))).flat();
  const groups = grouped(pieces, room);
  const complete = report.complete && groups.length === 1;
  return groups.map((group) => Buffer.concat([headOf(complete, nextSeq()), ...group]));
}

/** A report as one message, whatever its size. */
export function* encodeWhole(report: Report): Steps<Uint8Array> {
  const pieces = yield* mapInSteps(piecesOf(report), encodeReportRows);
  return Buffer.concat([encodeReport({ ...report, ...NO_ROWS }), ...pieces]);
}

function piecesOf({ workers, routes }: ReportRows): ReportRows[] {
  const pieces: ReportRows[] = [];
  for (let at = 0; at < workers.length; at += PIECE_ROWS) {
    pieces.push({ workers: workers.slice(at, at + PIECE_ROWS), routes: [] });
  }
  for (let at = 0; at < routes.length; at += PIECE_ROWS) {
    pieces.push({ workers: [], routes: routes.slice(at, at + PIECE_ROWS) });
  }
  return pieces;
}

/** In halves until each fits; a single row always does. */
function encodePiece(rows: ReportRows, room: number): Uint8Array[] {
  const encoded = encodeReportRows(rows);
  const { workers, routes } = rows;
  const count = workers.length + routes.length;
  if (encoded.length <= room || count <= 1) return [encoded];
  const middle = Math.ceil(count / 2);
  return [
    { workers: workers.slice(0, middle), routes: routes.slice(0, middle) },
    { workers: workers.slice(middle), routes: routes.slice(middle) },
  ].flatMap((half) => encodePiece(half, room));
}

/** As few groups as fit into the room, at least one. */
function grouped(pieces: readonly Uint8Array[], room: number): Uint8Array[][] {
  const groups: Uint8Array[][] = [[]];
  let bytes = 0;
  for (const piece of pieces) {
    if (bytes > 0 && bytes + piece.length > room) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(piece);
    bytes += piece.length;
  }
  return groups;
}

/** Rows as they were sent last; a value that grows with the rows there are. */
export type SentRows = ReadonlyMap<string, WorkerReport | RouteReport>;

/** Rows that differ from those last sent. */
export function* changedRows(sent: SentRows, { workers, routes }: ReportRows): Steps<ReportRows> {
  const workersDiffer = yield* mapInSteps(workers, (row) => differs(sent.get(workerRowKey(row)), row));
  const routesDiffer = yield* mapInSteps(routes, (row) => differs(sent.get(routeRowKey(row)), row));
  return {
    workers: workers.filter((_, at) => workersDiffer[at]),
    routes: routes.filter((_, at) => routesDiffer[at]),
  };
}

/** What has been sent, once these rows have been, too. Rows that are gone are forgotten. */
export function* sentRows({ workers, routes }: ReportRows): Steps<SentRows> {
  const ofWorkers = yield* mapInSteps(workers, (row) => [workerRowKey(row), row] as const);
  const ofRoutes = yield* mapInSteps(routes, (row) => [routeRowKey(row), row] as const);
  return new Map<string, WorkerReport | RouteReport>([...ofWorkers, ...ofRoutes]);
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
  // Rows of thousands of workers are compared several times a second: no list is made of each.
  for (const name in now) if (old[name] !== (now as Readonly<Record<string, unknown>>)[name]) return true;
  return false;
}
