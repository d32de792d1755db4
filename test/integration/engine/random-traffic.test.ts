import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConnectionEnded } from '#test/support/byte-reader.ts';
import type { ClientResponse } from '#test/support/client.ts';
import { type RawClient, requestHead } from '#test/support/client.ts';
import type { EngineBed } from '#test/support/engine-bed.ts';
import { startEngineBed } from '#test/support/engine-bed.ts';
import { headerValue } from '#test/support/http-message.ts';
import type { Exchange } from '#test/support/raw-server.ts';
import { eventually, within } from '#test/support/wait.ts';
import { bodyOf, chunksOf, cut, isBodiless, type Plan, pick, planOf, randomOf } from './random-plan.ts';

const SEEDS = [1, 2, 3];
const CLIENTS = 24;
const EXCHANGES = 25;

let bed: EngineBed;
beforeAll(async () => {
  // Fewer backend connections than clients: requests wait for one another.
  bed = await startEngineBed(({ url }) => [`ProxyPass "/r/" "${url}/r/" max=8 timeout=15`], { threads: 2 });
});
afterAll(() => bed.stop());

const pause = () => new Promise((resolve) => setImmediate(resolve));

function plan(target: string): Plan {
  const [, seed, number, tame] = /^\/r\/(\d+)\/(\d+)(\/tame)?$/.exec(target) ?? [];
  return planOf(Number(seed), Number(number), tame !== undefined);
}

async function answer(exchange: Exchange): Promise<void> {
  const each = plan(exchange.request.target);
  const random = randomOf(each.number + 77);
  if (each.order === 'after') {
    if (headerValue(exchange.request.headers, 'expect') !== undefined)
      await exchange.write('HTTP/1.1 100 Continue\r\n\r\n');
    await exchange.readBody();
  }
  if (each.interim) await exchange.write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
  if (each.breaks === 'before') {
    exchange.finish();
    exchange.socket.destroy();
    return;
  }
  const bytes = answerBytes(each, random);
  const sent = each.breaks === 'no' ? bytes.whole : bytes.whole.subarray(0, bytes.breakAt);
  for (const piece of cut(random, sent)) {
    await exchange.write(piece);
    if (random() < 0.2) await pause();
  }
  if (each.breaks !== 'no') {
    exchange.finish();
    if (each.breaks === 'reset') exchange.socket.resetAndDestroy();
    else await end(exchange);
  } else if (each.answerFraming === 'close' || each.order === 'early-end') {
    exchange.finish();
    await end(exchange);
  }
}

/** Ends the sending side and reads on: only so does this side notice the other's end. */
async function end(exchange: Exchange): Promise<void> {
  exchange.socket.end();
  while ((await exchange.reader.some()) !== undefined);
}

function answerBytes(each: Plan, random: () => number): { whole: Buffer; breakAt: number } {
  const lines = [`HTTP/1.1 ${each.status} Fine`, `X-Number: ${each.number}`];
  if (each.answerFraming === 'length' && each.status !== 204) lines.push(`Content-Length: ${each.answerBytes}`);
  if (each.answerFraming === 'chunked' && each.status === 200) lines.push('Transfer-Encoding: chunked');
  if (each.answerFraming === 'close' || each.order === 'early-end') lines.push('Connection: close');
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  if (isBodiless(each)) return { whole: head, breakAt: head.length };
  const body = bodyOf(each.number, each.answerBytes);
  const framed = each.answerFraming === 'chunked' ? chunksOf(random, body) : body;
  // Somewhere before the body's last byte: what is left of a chunked body then is no whole one.
  const breakAt = head.length + Math.floor(random() * (framed.length - 1));
  return { whole: Buffer.concat([head, framed]), breakAt };
}

function requestBytes(seed: number, each: Plan, tame: boolean): Buffer {
  const random = randomOf(each.number + 99);
  const body = bodyOf(each.number + 1, each.requestBytes);
  const target = `/r/${seed}/${each.number}${tame ? '/tame' : ''}`;
  const headers: [string, string][] = [['Host', 'a.test']];
  if (each.requestFraming === 'length') headers.push(['Content-Length', String(body.length)]);
  if (each.requestFraming === 'chunked') headers.push(['Transfer-Encoding', 'chunked']);
  if (each.expect) headers.push(['Expect', '100-continue']);
  if (each.keepAlive !== (each.version === 'HTTP/1.1'))
    headers.push(['Connection', each.keepAlive ? 'keep-alive' : 'close']);
  const head = Buffer.from(requestHead(each.method, target, headers, each.version));
  if (each.requestFraming === 'none') return head;
  return Buffer.concat([head, each.requestFraming === 'chunked' ? chunksOf(random, body) : body]);
}

/** Sends the request as planned; stops quietly when the node has answered and closed. @returns false if the client left */
async function send(client: RawClient, seed: number, each: Plan): Promise<boolean> {
  const random = randomOf(each.number + 55);
  const bytes = requestBytes(seed, each, false);
  const dropped = each.client === 'drop-request';
  for (const piece of cut(random, dropped ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes)) {
    await client.send(piece);
    if (random() < 0.2) await pause();
  }
  if (dropped) pick(random, [() => client.destroy(), () => client.socket.resetAndDestroy()])();
  if (each.client === 'half-close') client.end();
  return !dropped;
}

/** Whether the backend's behaviour allows an answer that is an error, cut off, or none at all. */
function mayFail(each: Plan): boolean {
  return each.breaks !== 'no' || (each.order === 'early-end' && each.requestBytes > 0);
}

/** Judges an answer; whatever was accepted as complete has to be exactly what the backend meant. */
function judge(each: Plan, response: ClientResponse | undefined): void {
  if (response === undefined || !response.complete || response.status === 502) {
    expect(mayFail(each), JSON.stringify({ each, status: response?.status, got: response?.body.length })).toBe(true);
    return;
  }
  expect(response.status).toBe(each.status);
  expect(headerValue(response.headers, 'x-number')).toBe(String(each.number));
  const body = isBodiless(each) ? Buffer.alloc(0) : bodyOf(each.number, each.answerBytes);
  expect(response.body.equals(body), JSON.stringify({ each, got: response.body.length })).toBe(true);
}

function ends(each: Plan, response: ClientResponse): boolean {
  const connection = headerValue(response.headers, 'connection')?.toLowerCase();
  // The node swallows the rest of such a body, but only so much of it, and couldn't say beforehand that it would be too much.
  const swallows = response.status === 502 && each.requestFraming === 'chunked';
  return each.client === 'half-close' || connection === 'close' || !response.complete || swallows;
}

/** One exchange on the client's connection. @returns false if that can't be used again */
async function exchange(client: RawClient, seed: number, each: Plan): Promise<boolean> {
  const reading = (async () => {
    if (each.client === 'late') await new Promise((resolve) => setTimeout(resolve, 30));
    if (each.client !== 'drop-answer') return client.response(each.method);
    const head = await client.finalHead(each.method);
    if (head !== undefined && !isBodiless(each) && each.answerBytes > 100) await client.reader.some(100);
    client.socket.resetAndDestroy();
    return undefined;
  })().catch((error: unknown) => {
    if (error instanceof ConnectionEnded) return undefined; // In the middle of a head.
    throw error;
  });
  const sent = await send(client, seed, each);
  const response = await within(`the answer to ${JSON.stringify(each)}`, reading);
  if (!sent || each.client === 'drop-answer') return false;
  judge(each, response);
  return response !== undefined && !ends(each, response);
}

/** Three requests at once on a connection of their own. */
async function pipeline(seed: number, numbers: readonly number[]): Promise<void> {
  const plans = numbers.map((number) => planOf(seed, number, true));
  const client = await bed.connect();
  await client.send(Buffer.concat(plans.map((each) => requestBytes(seed, each, true))));
  for (const each of plans) judge(each, await within('a pipelined answer', client.response()));
  client.destroy();
}

async function traffic(seed: number, first: number): Promise<void> {
  let client: RawClient | undefined;
  for (let number = first; number < first + EXCHANGES; number++) {
    client ??= await bed.connect();
    if (!(await exchange(client, seed, planOf(seed, number, false)))) {
      client.destroy();
      client = undefined;
    }
    if (number % 8 === 0) await pipeline(seed, [number + 1_000_000, number + 2_000_000, number + 3_000_000]);
  }
  client?.destroy();
}

test.each(SEEDS)(
  'random traffic arrives exactly or visibly not at all, and leaves nothing behind: seed %i',
  async (seed) => {
    bed.answering(answer);
    const before = bed.backend.requests.length;
    await Promise.all(Array.from({ length: CLIENTS }, (_, i) => traffic(seed, i * 1_000)));

    for (const request of bed.backend.requests.slice(before)) {
      const each = plan(request.target);
      if (!request.complete) continue;
      expect(each.client === 'drop-request' && each.requestBytes > 0, `${request.target} was never sent whole`).toBe(
        false,
      );
      expect(request.body.equals(bodyOf(each.number + 1, each.requestBytes)), request.target).toBe(true);
    }
    const busy = () => bed.node.node.workers().map((row) => row.busy);
    await eventually('an idle node', () => busy().every((count) => count === 0) || undefined);
    // Pools that counted wrongly would have no connection left to give, or keep one.
    await Promise.all(Array.from({ length: CLIENTS }, (_, i) => pipeline(seed, [9_000_000 + i])));
    expect(bed.backend.open()).toBeLessThanOrEqual(8);
    expect(bed.node.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  },
  60_000,
);

test('and when its worker leaves, no connection to it is left', async () => {
  await bed.node.apply(['ProxyPass "/other/" "http://127.0.0.1:9/"']);
  await eventually('no connection to the backend', () => bed.backend.open() === 0 || undefined);
});
