import { setTimeout as delay } from 'node:timers/promises';
import type { Backend } from '#test/support/backend.ts';
import { closeBackends, startBackends } from '#test/support/backend.ts';
import type { ClientResponse } from '#test/support/client.ts';
import { RawClient, requestHead } from '#test/support/client.ts';
import { headerValue } from '#test/support/http-message.ts';
import { freePort } from '#test/support/ports.ts';
import type { ReceivedRequest } from '#test/support/raw-server.ts';
import { eventually, within } from '#test/support/wait.ts';
import type { Gateway, StartGateway } from './bed.ts';
import { backendName, bedLines, fillIn, takeOut } from './bed.ts';
import type { Mismatch } from './compare.ts';
import { compareStep } from './compare.ts';
import type { MemberState, Observed, Step, Vector } from './vector.ts';

/** Everything seen during one step, in the words of the recording. */
export type Observation = {
  readonly status?: number | null;
  readonly worker?: string | null;
  readonly received?: readonly string[];
  readonly attempts?: { readonly names: readonly string[]; readonly ordered: boolean };
  readonly response?: ClientResponse;
  readonly requests?: readonly { readonly worker: string; readonly request: ReceivedRequest }[];
  readonly elapsedMs?: number;
  readonly connectionClosed?: boolean;
  readonly tunnelReceived?: string;
  readonly state?: Readonly<Record<string, MemberState>>;
  readonly probes?: Readonly<Record<string, readonly ReceivedRequest[]>>;
  /** Back to placeholders. */
  readonly takeOut: (text: string) => string;
};

/** What to leave out of a vector, and why that is right is `scope.ts`'s to say. */
export type ReplayLimits = {
  /** Configuration lines left out. */
  readonly withoutConfig?: RegExp;
  /** Steps not taken. */
  readonly dropped?: ReadonlySet<number>;
  /** What is expected of a step instead of what was recorded: the recording must not hold there. */
  readonly instead?: ReadonlyMap<number, Observed>;
};

/**
 * Replays a recorded scenario on a fresh gateway and compares every step.
 *
 * @returns all that differs, in order; empty when everything agrees
 * @throws when the gateway doesn't start or the test bed itself fails
 */
export async function replay(vector: Vector, start: StartGateway, limits: ReplayLimits = {}): Promise<Mismatch[]> {
  const backends = await startBackends(vector.workers);
  try {
    const port = await freePort();
    const lines = vector.config.filter((line) => !limits.withoutConfig?.test(line));
    const gateway = await start([...bedLines(port), ...lines.map((line) => fillIn(line, backends, port))], port);
    try {
      const replayer = new Replayer(gateway, backends);
      const mismatches: Mismatch[] = [];
      for (const [index, step] of vector.steps.entries()) {
        if (limits.dropped?.has(index)) continue;
        const recorded = vector.observed[index] ?? null;
        const instead = limits.instead?.get(index);
        const expected = instead ?? recorded;
        const observation = await within(`step ${index} of ${vector.name}`, replayer.take(step, expected), 30_000);
        mismatches.push(...compareStep(vector, index, step, expected, observation));
        if (instead !== undefined && compareStep(vector, index, step, recorded, observation).length === 0) {
          mismatches.push({
            step: index,
            field: 'difference on purpose',
            expected: 'a difference',
            actual: 'as recorded',
          });
        }
      }
      replayer.end();
      return mismatches;
    } finally {
      await gateway.stop();
    }
  } finally {
    await closeBackends(backends);
  }
}

type Begun = {
  readonly client: RawClient;
  readonly response: Promise<ClientResponse | undefined>;
  readonly backend: Backend;
  readonly request: ReceivedRequest;
};

class Replayer {
  readonly #gateway: Gateway;
  readonly #backends: readonly Backend[];
  readonly #begun = new Map<string, Begun>();
  readonly #connections = new Map<string, RawClient>();
  #probesSeen = new Map<Backend, number>();
  #probesAtSet = new Map<Backend, number>();

  constructor(gateway: Gateway, backends: readonly Backend[]) {
    this.#gateway = gateway;
    this.#backends = backends;
  }

  async take(step: Step, expected: Observed | null): Promise<Observation> {
    await this.#setBackends(step);
    const observation = await this.#do(step);
    return step.state === true || step.op === 'state' || expected?.state !== undefined
      ? { ...observation, state: await this.#state(expected) }
      : observation;
  }

  end(): void {
    for (const { client } of this.#begun.values()) client.destroy();
    for (const client of this.#connections.values()) client.destroy();
  }

  async #setBackends(step: Step): Promise<void> {
    const changes = Object.entries(step.backends ?? {});
    if (changes.length === 0) return;
    for (const [name, state] of changes) {
      const backend = this.#backend(name);
      const before = backend.open();
      await backend.set(state);
      this.#probesAtSet.set(backend, backend.probes.length);
      // A proxy may only be asked to see the end of a pooled connection after it had a chance to arrive.
      if (before > 0 && backend.open() === 0) await delay(30);
    }
  }

  async #do(step: Step): Promise<Observation> {
    const base = { takeOut: (text: string) => takeOut(text, this.#backends) };
    switch (step.op ?? 'request') {
      case 'request':
        return { ...base, ...(await this.#request(step)) };
      case 'begin':
        return { ...base, ...(await this.#begin(step)) };
      case 'release':
        return { ...base, ...(await this.#release(step)) };
      case 'sleep':
        await delay(step.ms ?? 0);
        return base;
      case 'probes':
        await this.#awaitProbes(step);
        return base;
      case 'health':
        return { ...base, probes: this.#takeProbes() };
      case 'restart':
        await this.#gateway.restart(step.graceful === true);
        return base;
      case 'manager': {
        const params = Object.fromEntries(
          Object.entries(step.params ?? {}).map(([key, value]) => [
            key,
            fillIn(value, this.#backends, this.#gateway.port),
          ]),
        );
        return { ...base, status: await this.#gateway.manage(step, params) };
      }
      case 'backends':
      case 'state':
        return base;
    }
  }

  async #request(step: Step): Promise<Omit<Observation, 'takeOut'>> {
    await this.#gateway.markAttempts();
    const before = this.#traffic();
    const started = performance.now();
    const client = await this.#connect(step);
    let tunnelReceived: string | undefined;
    const response = await sendRequest(client, step);
    if (response?.status === 101 && step.tunnelSend !== undefined) {
      await client.send(step.tunnelSend);
      tunnelReceived = (await client.reader.some())?.toString('latin1') ?? '';
    }
    const elapsedMs = performance.now() - started;
    const connectionClosed = response === undefined;
    if (step.connection === undefined || connectionClosed) client.destroy();
    if (connectionClosed && step.connection !== undefined) this.#connections.delete(step.connection);
    const requests = this.#traffic().slice(before.length);
    return {
      status: response?.status ?? null,
      worker: response === undefined ? null : (headerValue(response.headers, 'x-worker') ?? null),
      received: requests.map(({ worker }) => worker),
      attempts: await this.#attempts(),
      requests,
      elapsedMs,
      connectionClosed,
      ...(response === undefined ? {} : { response }),
      ...(tunnelReceived === undefined ? {} : { tunnelReceived }),
    };
  }

  async #begin(step: Step): Promise<Omit<Observation, 'takeOut'>> {
    await this.#gateway.markAttempts();
    const heldBefore = new Set(this.#backends.flatMap((backend) => backend.held));
    const client = await this.#connect(step);
    const response = sendRequest(client, step);
    const { backend, request } = await eventually(`a backend holding ${step.id}`, () => {
      for (const backend of this.#backends) {
        const request = backend.held.find((each) => !heldBefore.has(each));
        if (request !== undefined) return { backend, request };
      }
      return undefined;
    });
    this.#begun.set(step.id ?? '', { client, response, backend, request });
    return { worker: backend.name, attempts: await this.#attempts() };
  }

  async #release(step: Step): Promise<Omit<Observation, 'takeOut'>> {
    const begun = this.#begun.get(step.id ?? '');
    if (begun === undefined) throw new Error(`release of ${step.id}, which was not begun`);
    begun.backend.release(begun.request);
    const response = await begun.response;
    begun.client.destroy();
    this.#begun.delete(step.id ?? '');
    return {
      status: response?.status ?? null,
      worker: response === undefined ? null : (headerValue(response.headers, 'x-worker') ?? null),
    };
  }

  /** A state snapshot. Counts of requests in progress fall a moment after the client has its answer: they may settle. */
  async #state(expected: Observed | null): Promise<Readonly<Record<string, MemberState>>> {
    const deadline = performance.now() + 1_000;
    for (;;) {
      const rows = await this.#gateway.state();
      const state = Object.fromEntries([...rows].map(([url, row]) => [backendName(url, this.#backends) ?? url, row]));
      const settled = Object.entries(expected?.state ?? {}).every(([name, row]) => state[name]?.busy === row.busy);
      if (settled || performance.now() > deadline) return state;
      await delay(10);
    }
  }

  async #attempts(): Promise<{ names: string[]; ordered: boolean }> {
    const { urls, ordered } = await this.#gateway.attempts();
    // The recording names only members that are backends of the bed.
    const names = urls.flatMap((url) => backendName(url, this.#backends) ?? []);
    return { names, ordered };
  }

  async #awaitProbes(step: Step): Promise<void> {
    const backend = this.#backend(step.worker ?? '');
    const base = this.#probesAtSet.get(backend) ?? 0;
    await eventually(`${step.count} probes of ${step.worker}`, () => backend.probes.length - base >= (step.count ?? 0));
    // The answer to the probe just counted has yet to be judged.
    await delay(300);
  }

  #takeProbes(): Record<string, readonly ReceivedRequest[]> {
    const taken = Object.fromEntries(
      this.#backends.map((backend) => [backend.name, backend.probes.slice(this.#probesSeen.get(backend) ?? 0)]),
    );
    for (const backend of this.#backends) this.#probesSeen.set(backend, backend.probes.length);
    return taken;
  }

  /** Every request the backends got, in order of arrival. */
  #traffic(): { worker: string; request: ReceivedRequest }[] {
    return this.#backends
      .flatMap((backend) => backend.traffic.map((request) => ({ worker: backend.name, request })))
      .sort((a, b) => a.request.arrival - b.request.arrival);
  }

  async #connect(step: Step): Promise<RawClient> {
    if (step.connection === undefined) return RawClient.connect(this.#gateway.port);
    const kept = this.#connections.get(step.connection) ?? (await RawClient.connect(this.#gateway.port));
    this.#connections.set(step.connection, kept);
    return kept;
  }

  #backend(name: string): Backend {
    const backend = this.#backends.find((each) => each.name === name);
    if (backend === undefined) throw new Error(`no backend ${name}`);
    return backend;
  }
}

async function sendRequest(client: RawClient, step: Step): Promise<ClientResponse | undefined> {
  const method = step.method ?? 'GET';
  const body = step.bodySize === undefined ? Buffer.from(step.body ?? '') : Buffer.alloc(step.bodySize, 'b');
  const headers = [...(step.headers ?? [])];
  if (step.chunked) headers.push(['Transfer-Encoding', 'chunked']);
  else if (body.length > 0) headers.push(['Content-Length', String(body.length)]);
  const framed = step.chunked
    ? Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')])
    : body;
  const head = Buffer.from(requestHead(method, step.path ?? '/', headers, step.version), 'latin1');
  if (headerValue(headers, 'expect') === undefined) {
    void client.send(Buffer.concat([head, framed]));
    return client.response(method);
  }
  void client.send(head);
  return client.response(method, ({ status }) => {
    if (status === 100) void client.send(framed);
  });
}
