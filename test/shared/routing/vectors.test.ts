import { describe, expect, it } from 'vitest';
import { balancerId } from '#shared/definition/balancer.ts';
import type { Definition } from '#shared/definition/definition.ts';
import { memoryFiles } from '#shared/httpd-conf/memory-files.ts';
import { readHttpdConf } from '#shared/httpd-conf/read.ts';
import { decideRoute, type Upstream } from '#shared/routing/decide.ts';
import type { EncodedSlashes } from '#shared/routing/path-encoding.ts';
import { type CompiledReverseRule, reverseLocation } from '#shared/routing/proxy-pass-reverse.ts';
import { buildRouteTable, type RouteTable } from '#shared/routing/route-table.ts';
import { normaliseHost, selectServer } from '#shared/routing/virtual-host.ts';
import { loadVectors, type Observed, type Step, type Vector } from '#test/conformance/vector.ts';

/** Recorded scenarios of other matters say nothing about routing that these do not. */
const ROUTING = /^(map|reverse|vhost)-/;

/** Not replayed at all, and why. */
const LATER: Readonly<Record<string, string>> = {
  'map-interpolate': 'ProxyPassInterpolateEnv and request variables are not supported yet',
  'map-mapping-encoded-servlet': 'mapping= is not supported yet',
  'reverse-cookies': 'ProxyPassReverseCookieDomain and -Path are not supported yet',
};

/** Configuration lines left out and steps not compared, counted from 0, and why. */
const PARTLY: Readonly<Record<string, { lines?: RegExp; steps: readonly number[]; reason: string }>> = {
  'map-exclusions': {
    lines: /^SetEnvIf /,
    steps: [8],
    reason: 'SetEnvIf and the variable no-proxy are not supported yet',
  },
  'vhost-inheritance': {
    lines: /(ProxyPassInherit|BalancerInherit) /,
    steps: [10, 12, 13, 14],
    reason:
      'ProxyPassInherit Off and BalancerInherit Off are not supported yet; a balancer a virtual host defines itself is used there, where httpd takes the members of the main one of that name',
  },
};

const vectors = loadVectors().filter(({ name }) => ROUTING.test(name));
const replayed = vectors.filter(({ name }) => LATER[name] === undefined);

describe('recorded answers of httpd', () => {
  it('are all replayed, or listed with the reason why not', () => {
    const names = new Set(vectors.map(({ name }) => name));
    expect(replayed.length + Object.keys(LATER).length).toBe(names.size);
    for (const name of [...Object.keys(LATER), ...Object.keys(PARTLY)]) expect(names).toContain(name);
    expect(names.size).toBeGreaterThanOrEqual(21);
  });

  for (const vector of replayed) {
    const left = PARTLY[vector.name];
    const config = vector.config.filter((line) => left?.lines === undefined || !left.lines.test(line));
    const bed = setUp(config, vector.workers);
    let backends: Step['backends'] = {};
    for (const [index, step] of vector.steps.entries()) {
      backends = { ...backends, ...step.backends };
      if (left?.steps.includes(index)) continue;
      const taken = { ...step, backends };
      it(`${vector.name} step ${index}: ${hostOf(step)} ${step.path}`, () => {
        replay(bed, taken, observedOf(vector, index));
      });
    }
  }
});

type Bed = { readonly definition: Definition; readonly table: RouteTable };

function setUp(config: readonly string[], workers: number): Bed {
  const slashes = /^AllowEncodedSlashes (\w+)$/;
  const mode = config.map((line) => slashes.exec(line)?.[1]?.toLowerCase()).find((word) => word !== undefined);
  const filled = config.filter((line) => !slashes.test(line)).map((line) => fillIn(line, workers));
  const lines = ['Listen 127.0.0.1:8080', 'ServerName proxy.example.test', ...filled];
  const { definition, diagnostics } = readHttpdConf(
    'gateway.conf',
    memoryFiles(new Map([['gateway.conf', lines.join('\n')]])),
  );
  if (definition === undefined)
    throw new Error(diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  const encodedSlashes = (mode ?? 'off') as EncodedSlashes;
  return { definition, table: buildRouteTable(definition, { encodedSlashes }) };
}

function urlOf(worker: string): string {
  return `http://127.0.0.1:900${worker.slice(1)}`;
}

function fillIn(text: string, workers: number): string {
  let filled = text;
  for (let n = 1; n <= workers; n++) {
    filled = filled.replaceAll(`{{W${n}}}`, urlOf(`W${n}`)).replaceAll(`{W${n}}`, urlOf(`W${n}`));
    filled = filled.replaceAll(`{P${n}}`, `900${n}`);
  }
  return filled;
}

function hostOf(step: Step): string {
  return step.headers?.find(([name]) => name === 'Host')?.[1] ?? 'proxy.example.test';
}

function observedOf(vector: Vector, index: number): Observed {
  const observed = vector.observed[index];
  if (observed === null || observed === undefined) throw new Error(`${vector.name} records nothing of step ${index}`);
  return observed;
}

function replay({ definition, table }: Bed, step: Step, observed: Observed): void {
  const host = normaliseHost(hostOf(step));
  expect(host).toBeDefined();
  const server = selectServer(table, '127.0.0.1', 8080, host?.host ?? '');
  const decision = decideRoute(table, server, step.path ?? '');
  const received = observed.received?.[0];
  if (received === undefined) {
    // Files of httpd's own, and redirects to directories, are what it does with a request that is not proxied.
    const local = observed.status === 200 || observed.status === 301 || observed.status === 404;
    if (decision.kind === 'local') expect(local).toBe(true);
    else expect(decision).toMatchObject({ kind: 'refused', status: observed.status });
    return;
  }
  if (decision.kind !== 'proxy') throw new Error(`not forwarded: ${JSON.stringify(decision)}`);
  const reached = reachedBy(definition, decision.upstream, urlOf(received));
  expect(reached).toBeDefined();
  if (observed.backendTarget !== undefined) expect([reached]).toEqual(observed.backendTarget);
  if (observed.elapsedMs !== undefined) expect(timeoutOf(decision.upstream)).toBe(observed.elapsedMs);
  expect(mappedHeaders(step, received, decision.reverse)).toEqual(redirectHeaders(observed));
}

/** The request target a backend receives, or undefined if the upstream cannot be that backend. */
function reachedBy(definition: Definition, upstream: Upstream, backend: string): string | undefined {
  if (upstream.kind === 'worker') return upstream.worker.url.startsWith(backend) ? upstream.target : undefined;
  const balancer = definition.balancers.find((candidate) => balancerId(candidate) === upstream.id);
  const member = balancer?.members.find(({ url }) => url.startsWith(backend));
  return member === undefined ? undefined : member.url.slice(backend.length) + upstream.path;
}

function timeoutOf(upstream: Upstream): number | undefined {
  return upstream.kind === 'worker' ? upstream.worker.parameters.timeoutMs : undefined;
}

const MAPPED = ['Location', 'Content-Location', 'URI', 'Destination'];

function mappedHeaders(step: Step, backend: string, rules: readonly CompiledReverseRule[] | undefined): string[][] {
  const state = step.backends?.[backend];
  const headers = typeof state === 'object' ? (state.headers ?? []) : [];
  const context = { scheme: 'http', host: hostOf(step) };
  return headers
    .filter(([name]) => MAPPED.includes(name))
    .map(([name, value]) => [name, reverseLocation(rules ?? [], fillIn(value, 4), context)]);
}

function redirectHeaders(observed: Observed): string[][] {
  const headers = observed.headers ?? [];
  return headers.filter(([name]) => MAPPED.includes(name)).map(([name, value]) => [name, fillIn(value, 4)]);
}
