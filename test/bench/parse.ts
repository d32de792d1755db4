/**
 * Time per message of the HTTP/1.1 layer alone, on this machine: `node test/bench/parse.ts`. Prints the median and the spread
 * of several rounds in nanoseconds; compare only figures of one run.
 */
import { cpus } from 'node:os';
import { connectionOptions, requestFraming, validateRequest } from '../../data-plane/http1/body-framing.ts';
import { ChunkedDecoder } from '../../data-plane/http1/chunked.ts';
import { DEFAULT_REQUEST_LIMITS, DEFAULT_RESPONSE_LIMITS } from '../../data-plane/http1/limits.ts';
import { isHeadError, parseRequestHead } from '../../data-plane/http1/request-head.ts';
import { parseResponseHead } from '../../data-plane/http1/response-head.ts';

const ROUNDS = 9;
const MESSAGES_PER_ROUND = 100_000;

const REQUEST = lines(
  'GET /images/logo.png?v=123 HTTP/1.1',
  'Host: www.example.com',
  'Connection: keep-alive',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-US,en;q=0.9',
  'Referer: https://www.example.com/index.html',
  'Cookie: session=0123456789abcdef; theme=dark',
  'Sec-Fetch-Mode: navigate',
  'Upgrade-Insecure-Requests: 1',
);
const RESPONSE = lines(
  'HTTP/1.1 200 OK',
  'Date: Tue, 01 Jul 2025 00:00:00 GMT',
  'Server: Apache',
  'Content-Type: text/html; charset=utf-8',
  'Content-Length: 1024',
  'Connection: keep-alive',
  'ETag: "abc-123"',
  'Cache-Control: max-age=3600',
);
const CHUNKED = Buffer.from(`400\r\n${'x'.repeat(1024)}\r\n400\r\n${'x'.repeat(1024)}\r\n0\r\n\r\n`);

const decoder = new ChunkedDecoder();
let used = 0;

console.log(
  `node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}; ns per message, median (least to most)`,
);
measure(`request head, 10 fields, ${REQUEST.length} bytes`, () => {
  const head = parseRequestHead(REQUEST, 0, REQUEST.length, DEFAULT_REQUEST_LIMITS);
  if (head !== undefined) used++;
});
measure('the same, with Host, target, framing and Connection judged', () => {
  const head = parseRequestHead(REQUEST, 0, REQUEST.length, DEFAULT_REQUEST_LIMITS);
  if (head === undefined || isHeadError(head) || validateRequest(head) !== undefined) throw new Error('refused');
  if (!isHeadError(requestFraming(head)) && connectionOptions(head.fields).keepAlive) used++;
});
measure(`response head, 7 fields, ${RESPONSE.length} bytes`, () => {
  if (parseResponseHead(RESPONSE, 0, RESPONSE.length, DEFAULT_RESPONSE_LIMITS) !== undefined) used++;
});
measure('chunked body, 2 chunks of 1024 bytes', () => {
  decoder.reset();
  decoder.decode(CHUNKED, 0, CHUNKED.length, (from, to) => {
    used += to - from;
  });
});

function measure(what: string, once: () => void): void {
  const nanoseconds: number[] = [];
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    const before = process.hrtime.bigint();
    for (let i = 0; i < MESSAGES_PER_ROUND; i++) once();
    if (round > 0) nanoseconds.push(Number(process.hrtime.bigint() - before) / MESSAGES_PER_ROUND);
  }
  nanoseconds.sort((a, b) => a - b);
  const [least, median, most] = [0, ROUNDS >> 1, ROUNDS - 1].map((i) => Math.round(nanoseconds[i] ?? Number.NaN));
  if (used === 0) throw new Error('nothing was measured');
  console.log(`${String(median).padStart(6)} (${least} to ${most})  ${what}`);
}

function lines(...each: string[]): Buffer {
  return Buffer.from(`${each.join('\r\n')}\r\n\r\n`, 'latin1');
}
