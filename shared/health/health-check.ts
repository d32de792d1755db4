import type { HealthCheckMethod, WorkerParameters } from '../definition/worker.ts';
import { WorkerStatus } from '../definition/worker-status.ts';

/** How a worker is checked. @source mod_proxy_hcheck */
export type HealthCheck = {
  readonly method: Exclude<HealthCheckMethod, 'NONE'>;
  readonly intervalMs: number;
  /** 1 or more. */
  readonly passes: number;
  /** 1 or more. */
  readonly fails: number;
  readonly uri: string;
};

/** The check that a worker's parameters ask for; undefined if they ask for none. */
export function healthCheckOf(parameters: WorkerParameters): HealthCheck | undefined {
  const { hcmethod, hcintervalMs, hcpasses, hcfails, hcuri } = parameters;
  if (hcmethod === undefined || hcmethod === 'NONE') return undefined;
  return {
    method: hcmethod,
    intervalMs: hcintervalMs ?? 30_000,
    // httpd counts up before it compares, so that 0 acts as 1.
    passes: Math.max(1, hcpasses ?? 1),
    fails: Math.max(1, hcfails ?? 1),
    uri: hcuri ?? '',
  };
}

/**
 * The request of a check, head and all; undefined for TCP, which asks nothing.
 *
 * @param worker host without brackets; path as in the worker's URL
 * @source mod_proxy_hcheck.c:hc_check_http [hcheck-request-forms]
 */
export function checkRequest(
  { method, uri }: Pick<HealthCheck, 'method' | 'uri'>,
  { host, port, path }: { readonly host: string; readonly port: number; readonly path: string },
): string | undefined {
  if (method === 'TCP') return undefined;
  const verb = method.replace('11', '');
  const version = method.endsWith('11') ? '1.1' : '1.0';
  const target = verb === 'OPTIONS' ? '*' : checkTarget(path, uri);
  const name = host.includes(':') ? `[${host}]` : host;
  return `${verb} ${target} HTTP/${version}\r\nHost: ${name}:${port}\r\n\r\n`;
}

/** With both there is always a slash between them, even a second one. */
function checkTarget(path: string, uri: string): string {
  const joined = path === '' || uri === '' ? `${path}${uri}` : `${path}/${uri}`;
  return joined === '' ? '/' : joined;
}

/** Status of an answer that passes. */
export function passingStatus(status: number): boolean {
  return status >= 200 && status < 400;
}

/** Results counted so far. They need not follow each other: a result of the other kind resets nothing, as in httpd. */
export type CheckCounts = { readonly passes: number; readonly fails: number };

export const NO_CHECKS: CheckCounts = { passes: 0, fails: 0 };

export type CheckEffect =
  | 'none'
  /** Failed too often: C is set. */
  | 'fail'
  /** Passed often enough: C and E are cleared. */
  | 'pass';

/**
 * Counts one result. While a worker is out by C or E only passes count, otherwise only failures.
 *
 * @param status the worker's `WorkerStatus` bits
 * @param reportedDown the node has told the fleet that the worker fails, and not taken it back: passes count then, too
 * @source mod_proxy_hcheck.c:hc_check [hcheck-counts-not-consecutive] [hcheck-failed-while-in-error]
 */
export function countCheck(
  counts: CheckCounts,
  check: Pick<HealthCheck, 'passes' | 'fails'>,
  {
    status,
    passed,
    reportedDown,
  }: { readonly status: number; readonly passed: boolean; readonly reportedDown: boolean },
): { readonly counts: CheckCounts; readonly effect: CheckEffect } {
  const out = (status & (WorkerStatus.IN_ERROR | WorkerStatus.HC_FAIL)) !== 0;
  if (passed && (out || reportedDown)) {
    const passes = counts.passes + 1;
    if (passes >= check.passes) return { counts: { ...counts, passes: 0 }, effect: 'pass' };
    return { counts: { ...counts, passes }, effect: 'none' };
  }
  if (!passed && !out) {
    const fails = counts.fails + 1;
    if (fails >= check.fails) return { counts: { ...counts, fails: 0 }, effect: 'fail' };
    return { counts: { ...counts, fails }, effect: 'none' };
  }
  return { counts, effect: 'none' };
}
