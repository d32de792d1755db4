import type { Report, WorkerReport } from '#shared/node-message.ts';

export const FLEET = 'fleet';

export function reportOf(source: Partial<Report>): Report {
  return {
    node: 'n1',
    bootId: 'boot',
    fleet: FLEET,
    seq: 1,
    timeMs: 0,
    final: true,
    complete: true,
    workers: [],
    routes: [],
    labels: {},
    intervalMs: 1000,
    errors: [],
    version: '0',
    ...source,
  };
}

/** Rows of workers that have each counted something. */
export function rows(count: number, requests = 1n): WorkerReport[] {
  return Array.from({ length: count }, (_, i) => ({
    balancer: 'app',
    url: `http://10.0.0.${i}`,
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
    elected: requests,
    transferred: 0n,
    read: 0n,
    requests,
    responses: requests,
    errors: 0n,
    bytesIn: 0n,
    bytesOut: 0n,
  }));
}
