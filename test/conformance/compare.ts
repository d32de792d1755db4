import { isDeepStrictEqual } from 'node:util';
import type { Observation } from './replay.ts';
import type { Observed, Step, Vector } from './vector.ts';

/** One field of one step that is not as recorded. */
export type Mismatch = {
  readonly step: number;
  readonly field: string;
  readonly expected: unknown;
  readonly actual: unknown;
};

/** Response headers the recording leaves out unless a step selects them. */
const UNINTERESTING = new Set([
  'accept-ranges',
  'content-length',
  'content-type',
  'date',
  'etag',
  'keep-alive',
  'last-modified',
  'server',
  'transfer-encoding',
  'x-worker',
]);

/** What the proxy makes itself, whatever it looks like. */
const SERVER_MADE = '(server-made page)';

/** Compares what a step showed with what was recorded: every field recorded, and nothing unrecorded that would have been. */
export function compareStep(
  vector: Vector,
  index: number,
  step: Step,
  expected: Observed | null,
  actual: Observation,
): Mismatch[] {
  if (expected === null) return [];
  const mismatches: Mismatch[] = [];
  const check = (field: string, wanted: unknown, got: unknown) => {
    if (!isDeepStrictEqual(wanted, got)) mismatches.push({ step: index, field, expected: wanted, actual: got });
  };

  if (expected.status !== undefined) check('status', expected.status, actual.status);
  if (expected.worker !== undefined) check('worker', expected.worker, actual.worker);
  if (expected.received !== undefined) check('received', expected.received, actual.received);
  if (expected.attempts !== undefined && actual.attempts !== undefined) {
    const { names, ordered } = actual.attempts;
    if (ordered) check('attempts', expected.attempts, names);
    else check('attempts', [...expected.attempts].sort(), [...names].sort());
  }
  compareResponse(step, expected, actual, check);
  compareRequests(expected, actual, check);
  if (expected.elapsedMs !== undefined && actual.elapsedMs !== undefined) {
    const off = actual.elapsedMs - expected.elapsedMs;
    if (off < -250 || off > 900) check('elapsedMs', expected.elapsedMs, Math.round(actual.elapsedMs));
  }
  if (expected.clientConnection === 'closed') check('clientConnection', true, actual.connectionClosed);
  if (expected.tunnelReceived !== undefined) check('tunnelReceived', expected.tunnelReceived, actual.tunnelReceived);
  compareState(vector, expected, actual, check);
  compareProbes(step, expected, actual, check);
  return mismatches;
}

type Check = (field: string, wanted: unknown, got: unknown) => void;

function compareResponse(step: Step, expected: Observed, actual: Observation, check: Check): void {
  const { response } = actual;
  if (response === undefined) return;
  if (expected.headers !== undefined) {
    check('headers', byName(expected.headers), byName(interesting(step, actual)));
  }
  if (expected.reason !== undefined) check('reason', expected.reason, response.reason);
  if (expected.body !== undefined) {
    const text = response.body.toString('latin1');
    if (expected.body === SERVER_MADE) check('body', null, actual.worker);
    else check('body', expected.body, expected.body.length < 200 ? text : text.slice(0, expected.body.length));
  }
  check('bodyComplete', expected.bodyComplete ?? true, response.complete);
  check(
    'interim',
    expected.interim ?? [],
    response.interim.map(({ status }) => status),
  );
}

function compareRequests(expected: Observed, actual: Observation, check: Check): void {
  const requests = actual.requests ?? [];
  if (expected.backendTarget !== undefined) {
    check(
      'backendTarget',
      expected.backendTarget,
      requests.map(({ request }) => request.target),
    );
  }
  if (expected.backendRequest !== undefined) {
    const seen = requests.map(({ worker, request }) => ({
      worker,
      method: request.method,
      target: request.target,
      version: request.version,
      headers: request.headers.map(([name, value]) => [name, actual.takeOut(value)]),
      body: request.body.toString('latin1', 0, 200),
      bodyLength: request.bodyBytes,
    }));
    check('backendRequest', expected.backendRequest, seen);
  }
  if (expected.backendConn !== undefined) {
    const seen = requests.map(({ worker, request }) => ({
      worker,
      conn: request.connection,
      nthOnConn: request.position,
    }));
    check('backendConn', expected.backendConn, seen);
  }
}

function compareState(vector: Vector, expected: Observed, actual: Observation, check: Check): void {
  for (const [name, wanted] of Object.entries(expected.state ?? {})) {
    const got = actual.state?.[name];
    for (const [key, value] of Object.entries(wanted)) {
      // Byte counts are httpd's own unless the vector is about them.
      if ((key === 'transferred' || key === 'read') && !vector.name.startsWith('bytraffic')) continue;
      check(`state.${name}.${key}`, value, got?.[key as keyof typeof got]);
    }
  }
}

/** Counts of probes depend on the moment; what a probe looks like doesn't. */
function compareProbes(step: Step, expected: Observed, actual: Observation, check: Check): void {
  if (step.op !== 'health') return;
  for (const [name, wanted] of Object.entries(expected as Record<string, RecordedProbes>)) {
    const first = actual.probes?.[name]?.[0];
    const seen = first && {
      requestLine: `${first.method} ${first.target} ${first.version}`,
      headers: first.headers.map(([field, value]) => [field, actual.takeOut(value)]),
    };
    check(`probes.${name}`, wanted.first, seen);
  }
}

type RecordedProbes = { readonly probes: number; readonly first?: unknown };

function interesting(step: Step, actual: Observation): (readonly [string, string])[] {
  const headers = actual.response?.headers ?? [];
  const selected = step.selectHeaders?.map((name) => name.toLowerCase());
  return headers
    .filter(([name]) => selected?.includes(name.toLowerCase()) ?? !UNINTERESTING.has(name.toLowerCase()))
    .map(([name, value]) => [name, actual.takeOut(value)] as const);
}

/** Sorted by name in lower case; values of one name keep their order. */
function byName(headers: readonly (readonly [string, string])[]): string[] {
  const names = [...new Set(headers.map(([name]) => name.toLowerCase()))].sort();
  return names.flatMap((name) =>
    headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => `${name}: ${value}`),
  );
}

/** A mismatch in one line. */
export function describe(mismatch: Mismatch): string {
  const { step, field, expected, actual } = mismatch;
  return `step ${step}, ${field}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`;
}
