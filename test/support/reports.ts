import type { Report, RouteReport, WorkerReport } from '#shared/node-message.ts';

/** A complete report of node `n1` that says nothing but what is given. */
export function reportOf(change: Partial<Report> = {}): Report {
  return {
    node: 'n1',
    bootId: 'boot-1',
    fleet: 'f',
    seq: 1,
    timeMs: 0,
    final: false,
    complete: true,
    workers: [],
    routes: [],
    labels: {},
    intervalMs: 1_000,
    errors: [],
    version: '1.0.0',
    ...change,
  };
}

/** A usable row of `app http://10.0.0.1:8080` that has counted nothing. */
export function workerRow(change: Partial<WorkerReport> = {}): WorkerReport {
  return {
    balancer: 'app',
    url: 'http://10.0.0.1:8080',
    incarnation: 1,
    retired: false,
    status: 1,
    lbstatus: 0,
    busy: 0,
    retries: 0,
    errorTimeMs: 0,
    loadfactor: 1,
    lbset: 0,
    route: '',
    redirect: '',
    elected: 0n,
    transferred: 0n,
    read: 0n,
    requests: 0n,
    responses: 0n,
    errors: 0n,
    bytesIn: 0n,
    bytesOut: 0n,
    ...change,
  };
}

/** A row of `main ProxyPass /` that has counted nothing. */
export function routeRow(change: Partial<RouteReport> = {}): RouteReport {
  return {
    virtualHost: 'main',
    route: 'ProxyPass /',
    incarnation: 1,
    requests: 0n,
    responses: 0n,
    errors: 0n,
    bytesIn: 0n,
    bytesOut: 0n,
    ...change,
  };
}
