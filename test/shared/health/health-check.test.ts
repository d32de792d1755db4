import { describe, expect, test } from 'vitest';
import { WorkerStatus } from '#shared/definition/worker-status.ts';
import { type CheckEffect, checkRequest, countCheck, healthCheckOf, NO_CHECKS } from '#shared/health/health-check.ts';

const { INITIALIZED, IN_ERROR, HC_FAIL, DISABLED } = WorkerStatus;

describe('the check that parameters ask for', () => {
  test('is none without a method', () => {
    expect(healthCheckOf({ hcintervalMs: 1_000 })).toBeUndefined();
    expect(healthCheckOf({ hcmethod: 'NONE' })).toBeUndefined();
  });

  test('has the defaults of httpd, and 0 acts as 1', () => {
    expect(healthCheckOf({ hcmethod: 'GET' })).toEqual({
      method: 'GET',
      intervalMs: 30_000,
      passes: 1,
      fails: 1,
      uri: '',
    });
    expect(healthCheckOf({ hcmethod: 'TCP', hcpasses: 0, hcfails: 0 })).toMatchObject({ passes: 1, fails: 1 });
  });
});

describe('what a check sends', () => {
  // As recorded from httpd [hcheck-request-forms].
  test.each([
    ['GET', '/health', '/ctx', 'GET /ctx//health HTTP/1.0'],
    ['HEAD', 'sub', '/health/ctx/', 'HEAD /health/ctx//sub HTTP/1.0'],
    ['GET11', '/health?x=1', '', 'GET /health?x=1 HTTP/1.1'],
    ['OPTIONS', '/health', '/ctx', 'OPTIONS * HTTP/1.0'],
    ['OPTIONS11', '', '', 'OPTIONS * HTTP/1.1'],
    ['GET', '', '/health', 'GET /health HTTP/1.0'],
    ['HEAD11', '', '', 'HEAD / HTTP/1.1'],
  ] as const)('%s %s of %s is %s', (method, uri, path, line) => {
    const request = checkRequest({ method, uri }, { host: '10.0.0.1', port: 80, path });
    expect(request).toBe(`${line}\r\nHost: 10.0.0.1:80\r\n\r\n`);
  });

  test('names an IPv6 address in brackets', () => {
    const request = checkRequest({ method: 'GET', uri: '/' }, { host: '::1', port: 8080, path: '' });
    expect(request).toContain('Host: [::1]:8080\r\n');
  });

  test('is nothing for TCP', () => {
    expect(checkRequest({ method: 'TCP', uri: '/x' }, { host: 'h', port: 1, path: '' })).toBeUndefined();
  });
});

/** Effects of results in turn (+ passed, - failed), the status following them. */
function effects(results: string, check: { passes: number; fails: number }, from: number = INITIALIZED): CheckEffect[] {
  let counts = NO_CHECKS;
  let status: number = from;
  return [...results].map((result) => {
    const counted = countCheck(counts, check, { status, passed: result === '+', reportedDown: false });
    counts = counted.counts;
    if (counted.effect === 'fail') status |= HC_FAIL;
    if (counted.effect === 'pass') status &= ~(HC_FAIL | IN_ERROR);
    return counted.effect;
  });
}

describe('results of checks', () => {
  test('take a worker out after hcfails failures, and bring it back after hcpasses passes', () => {
    expect(effects('--+++', { passes: 2, fails: 2 })).toEqual(['none', 'fail', 'none', 'pass', 'none']);
  });

  test('need not follow each other: another result resets nothing', () => {
    expect(effects('-++-', { passes: 1, fails: 2 })).toEqual(['none', 'none', 'none', 'fail']);
    expect(effects('+--+', { passes: 2, fails: 1 }, INITIALIZED | HC_FAIL)).toEqual(['none', 'none', 'none', 'pass']);
  });

  test('that fail while the worker is in error count for nothing', () => {
    expect(effects('---', { passes: 1, fails: 1 }, INITIALIZED | IN_ERROR)).toEqual(['none', 'none', 'none']);
  });

  test('that pass end an error before its time', () => {
    expect(effects('++', { passes: 2, fails: 1 }, INITIALIZED | IN_ERROR)).toEqual(['none', 'pass']);
  });

  test('count for disabled workers as for others', () => {
    expect(effects('-+', { passes: 1, fails: 1 }, INITIALIZED | DISABLED)).toEqual(['fail', 'pass']);
  });

  test('that pass take a report back though the error is over, after hcpasses of them', () => {
    const seen = { status: INITIALIZED, passed: true, reportedDown: true };
    const first = countCheck(NO_CHECKS, { passes: 2, fails: 1 }, seen);
    expect(first.effect).toBe('none');
    expect(countCheck(first.counts, { passes: 2, fails: 1 }, seen).effect).toBe('pass');
  });
});
