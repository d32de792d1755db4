/**
 * What one edit costs a node that serves 10,000 routes and 10,000 workers: bytes on the bus and to its threads, how long each proxy
 * thread's event loop stands still at most, time to serving; and the same of the first load. Two proxy threads under light load.
 *
 *   node test/bench/large-definition.ts [--routes 10000] [--workers 10000] [--edits 9] [--limit-ms 50] [--save]
 *
 * Each edit is made several times, and each time as long is spent without one: on a busy machine a thread stands still by itself, too.
 * Ends with status 1 if the median edit of one worker blocks a proxy thread for longer than the limit, or any does where nothing ever
 * did at rest.
 */
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { serialize } from 'node:v8';
import { encodeDelta } from '#shared/codec/delta-codec.ts';
import { encodeHead, encodeSignedHead } from '#shared/codec/head-codec.ts';
import type { Balancer } from '#shared/definition/balancer.ts';
import { type Definition, EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import type { Route } from '#shared/definition/route.ts';
import type { Worker } from '#shared/definition/worker.ts';
import { type DeltaContent, diffSnapshots } from '#shared/snapshot/delta.ts';
import { startBackends } from '#test/support/backend.ts';
import { RawClient, requestHead } from '#test/support/client.ts';
import { freePort } from '#test/support/ports.ts';
import { type SwapBed, startSwapBed } from '#test/support/swap-bed.ts';
import { rounded, saveFigures } from './fleet/figures.ts';

const { values } = parseArgs({
  options: {
    routes: { type: 'string', default: '10000' },
    workers: { type: 'string', default: '10000' },
    edits: { type: 'string', default: '9' },
    'limit-ms': { type: 'string', default: '50' },
    save: { type: 'boolean', default: false },
  },
});
const ROUTES = Number(values.routes);
const WORKERS = Number(values.workers);
const EDITS = Number(values.edits);
const LIMIT_MS = Number(values['limit-ms']);
const THREADS = 2;
const CLIENTS = 4;
const WINDOW_MS = 100;

type Variant = { readonly name: string; readonly balancers: number };
type Measured = {
  readonly servingMs: number;
  readonly agentMs: number;
  readonly blockedMs: number;
  /** The same while nothing changed. */
  readonly restMs: number;
  readonly messages: number;
  readonly bytes: number;
  readonly busBytes: number;
};

let tooLong = false;
const saved: Record<string, Record<string, object>> = {};
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}; ${ROUTES} routes, ${WORKERS} workers`);
for (const variant of [
  { name: `one balancer of ${WORKERS} members`, balancers: 1 },
  { name: `${WORKERS / 10} balancers of 10 members`, balancers: WORKERS / 10 },
] satisfies Variant[]) {
  console.log(`\n${variant.name}`);
  saved[variant.name] = {};
  await measure(variant);
}
if (values.save) saveFigures('large definition', { routes: ROUTES, workers: WORKERS, edits: EDITS, steps: saved });
process.exitCode = tooLong ? 1 : 0;

async function measure({ name, balancers }: Variant): Promise<void> {
  const [backend] = await startBackends(1);
  const bed = await startSwapBed({ threads: THREADS });
  const port = await freePort();
  const before = definitionOf(port, balancers, backend?.url ?? '');
  await bed.serve({ definition: { ...EMPTY_DEFINITION, listeners: before.listeners }, overrides: [] });
  report(name, 'first load', [await swapTo(bed, before)]);
  const stop = lightLoad(port);
  await delay(500);
  let now = before;
  const take = async (step: string, edit: (index: number) => Definition, times = EDITS) => {
    const measured: Measured[] = [];
    for (let index = 0; index < times; index++) {
      const next = edit(index);
      measured.push(await swapTo(bed, next));
      now = next;
    }
    report(name, step, measured);
    return measured;
  };
  await take('one worker edited, first time', () => withWeight(now, 50), 1);
  const edits = await take('one worker edited', (index) => withWeight(now, 2 + index));
  judge(edits);
  judge(await take('one worker edited, decoded anew', (index) => structuredClone(withWeight(now, 60 + index))));
  await take('one route edited', (index) => withRoute(now, index % 2 === 0));
  await take('one worker in 100 edited', (index) => withWeights(now, 80 + index));
  stop();
  await bed.close();
  await backend?.close();
}

async function swapTo(bed: SwapBed, definition: Definition): Promise<Measured> {
  const served = bed.swap.definition() ?? EMPTY_DEFINITION;
  await askDelays(bed);
  await delay(WINDOW_MS);
  const restMs = Math.max(...(await askDelays(bed)));
  const from = bed.posted.length;
  const sinceMs = performance.now();
  const before = performance.eventLoopUtilization();
  await bed.serve({ definition, overrides: [] });
  const servingMs = performance.now() - sinceMs;
  const agentMs = performance.eventLoopUtilization(before).active;
  // Until what the swap left behind was cleaned up, too.
  await delay(WINDOW_MS);
  const blockedMs = Math.max(...(await askDelays(bed)));
  const posted = bed.posted.slice(from);
  const bytes = posted.reduce((sum, { message }) => sum + serialize(message).length, 0);
  const snapshot = (of: Definition) => ({ fleet: 'bench', revision: 1, definition: of, overrides: [] });
  const busBytes = bytesOnBus(diffSnapshots(snapshot(served), snapshot(definition)));
  return { servingMs, agentMs, blockedMs, restMs, messages: posted.length, bytes, busBytes };
}

/** What crosses the bus to each node for an edit: the encoded delta, and a head with one signature. */
function bytesOnBus(content: DeltaContent): number {
  const hash = 'ab'.repeat(32);
  const names = { fleet: 'bench', epoch: 0, stateHash: hash };
  const delta = encodeDelta({ ...names, from: 1_000_000, to: 1_000_001, ...content });
  const head = encodeHead({
    ...names,
    revision: 1_000_001,
    chainHash: hash,
    snapshotRevision: 1_000_000,
    snapshotHash: hash,
    requiredFeatures: [],
  });
  const signature = { keyId: hash.slice(0, 16), value: new Uint8Array(64) };
  return delta.length + encodeSignedHead({ head, signatures: [signature] }).length;
}

function judge(measured: readonly Measured[]): void {
  const blocked = of(measured, 'blockedMs');
  const rest = of(measured, 'restMs');
  if (blocked.median > LIMIT_MS || (blocked.max > LIMIT_MS && rest.max <= LIMIT_MS)) tooLong = true;
}

function of(measured: readonly Measured[], key: keyof Measured): { readonly median: number; readonly max: number } {
  const sorted = measured.map((each) => each[key]).sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, max: sorted.at(-1) ?? 0 };
}

/** How long each thread's event loop stood still at most since it was asked last. */
async function askDelays(bed: SwapBed): Promise<number[]> {
  const answers = new Map<number, number>();
  const all = Promise.withResolvers<void>();
  bed.onMessage = (message) => {
    if (message.type !== 'loop-delay') return;
    answers.set(message.thread, message.maxMs);
    if (answers.size === THREADS) all.resolve();
  };
  for (const handle of bed.threads.values()) handle.post({ type: 'loop-delay' });
  await all.promise;
  return [...answers.values()];
}

/** A few clients with one request at a time and a pause after each. */
function lightLoad(port: number): () => void {
  let stopped = false;
  const client = async (at: number) => {
    const connection = await RawClient.connect(port);
    const request = requestHead('GET', `/app${at}/x`, [['Host', 'bench.test']]);
    while (!stopped) {
      const { status } = await connection.exchange(request);
      if (status !== 200) throw new Error(`answered ${status}`);
      await delay(2);
    }
    connection.destroy();
  };
  for (let at = 0; at < CLIENTS; at++) void client(at);
  return () => {
    stopped = true;
  };
}

/** Routes lead to the balancers in turn; every balancer has the one backend that answers, under a path of its own per member. */
function definitionOf(port: number, count: number, url: string): Definition {
  const perBalancer = WORKERS / count;
  const balancers = Array.from({ length: count }, (_, b): Balancer => {
    const members = Array.from(
      { length: perBalancer },
      (_, m): Worker => ({ url: `${url}/b${b}/m${m}`, parameters: { route: `r${m}`, retryMs: 5000 } }),
    );
    return { name: `b${b}`, parameters: { maxattempts: 1 }, members };
  });
  const routes = Array.from(
    { length: ROUTES },
    (_, r): Route => ({
      match: { kind: 'prefix', path: `/app${r}` },
      target: { kind: 'balancer', name: `b${r % count}`, path: '' },
    }),
  );
  const mainServer = { ...EMPTY_DEFINITION.mainServer, settings: { maxKeepAliveRequests: 0 }, routes };
  return { ...EMPTY_DEFINITION, listeners: [{ address: '127.0.0.1', port }], mainServer, balancers };
}

/** What a delta leads to: another weight for one worker, every other object as it was. */
function withWeight(definition: Definition, loadfactor: number): Definition {
  const [first, ...others] = definition.balancers;
  if (first === undefined) throw new Error('no balancer');
  const at = Math.floor(first.members.length / 2);
  const member = first.members[at];
  if (member === undefined) throw new Error('no member');
  const members = first.members.with(at, { ...member, parameters: { ...member.parameters, loadfactor } });
  return { ...definition, balancers: [{ ...first, members }, ...others] };
}

/** Every hundredth worker. */
function withWeights(definition: Definition, loadfactor: number): Definition {
  let number = 0;
  const balancers = definition.balancers.map((balancer) => {
    const members = balancer.members.map((member) => {
      return number++ % 100 === 0 ? { ...member, parameters: { ...member.parameters, loadfactor } } : member;
    });
    return members.some((member, i) => member !== balancer.members[i]) ? { ...balancer, members } : balancer;
  });
  return { ...definition, balancers };
}

function withRoute(definition: Definition, nocanon: boolean): Definition {
  const { mainServer } = definition;
  const at = Math.floor(ROUTES / 2);
  const route = mainServer.routes[at];
  if (route === undefined) throw new Error('no route');
  return {
    ...definition,
    mainServer: { ...mainServer, routes: mainServer.routes.with(at, { ...route, nocanon }) },
  };
}

function report(variant: string, step: string, measured: readonly Measured[]): void {
  const range = (key: keyof Measured) => {
    const { median, max } = of(measured, key);
    return `${median.toFixed(1)} (max ${max.toFixed(1)})`.padEnd(17);
  };
  const [{ messages, bytes, busBytes }] = measured as [Measured];
  const figures = (['servingMs', 'agentMs', 'blockedMs', 'restMs'] as const).map((key) => {
    const { median, max } = of(measured, key);
    return [key, { median: rounded(median), max: rounded(max) }];
  });
  saved[variant] = {
    ...saved[variant],
    [step]: { ...Object.fromEntries(figures), threadBytes: bytes, busBytes },
  };
  console.log(
    `  ${step.padEnd(32)} serving after ms ${range('servingMs')} agent busy ms ${range('agentMs')} ` +
      `thread blocked ms ${range('blockedMs')} at rest ms ${range('restMs')} ` +
      `${messages} messages, ${bytes} bytes to ${THREADS} threads; ${busBytes} bytes on the bus`,
  );
}
