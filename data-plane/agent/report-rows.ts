import type { RouteReport, WorkerReport } from '#shared/node-message.ts';
import type { Scoreboard } from '../scoreboard/scoreboard.ts';
import type { RouteRow, Row } from './placement.ts';
import { routeOfKey } from './route-roll.ts';

/** Reads rows off the scoreboard. Columns are read one by one while threads go on: each is right, their sum a moment apart. */
export function reportRows(scoreboard: Scoreboard, rows: readonly Row[]): WorkerReport[] {
  return rows.map(({ slot, incarnation, worker, retired }) => {
    const int = (column: Int32Array) => Atomics.load(column, slot);
    const big = (column: BigInt64Array) => Atomics.load(column, slot);
    const { effective } = worker;
    return {
      balancer: worker.owner,
      url: worker.url,
      incarnation,
      retired,
      status: int(scoreboard.status),
      lbstatus: int(scoreboard.lbstatus),
      busy: int(scoreboard.busy),
      retries: int(scoreboard.retries),
      errorTimeMs: Math.trunc(scoreboard.errorTimeMs[slot] ?? 0),
      loadfactor: effective.lbfactor / 100,
      lbset: effective.lbset,
      route: effective.route,
      redirect: effective.redirect,
      elected: BigInt(scoreboard.elected[slot] ?? 0),
      transferred: big(scoreboard.transferred),
      read: big(scoreboard.read),
      requests: big(scoreboard.requests),
      responses: big(scoreboard.responses),
      errors: big(scoreboard.errors),
      bytesIn: big(scoreboard.bytesIn),
      bytesOut: big(scoreboard.bytesOut),
    };
  });
}

/** Likewise of routes. */
export function reportRoutes({ routes }: Scoreboard, rows: readonly RouteRow[]): RouteReport[] {
  return rows.map(({ key, row, incarnation }) => {
    const big = (column: BigInt64Array) => Atomics.load(column, row);
    return {
      ...routeOfKey(key),
      incarnation,
      requests: big(routes.requests),
      responses: big(routes.responses),
      errors: big(routes.errors),
      bytesIn: big(routes.bytesIn),
      bytesOut: big(routes.bytesOut),
    };
  });
}
