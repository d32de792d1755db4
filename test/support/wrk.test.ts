import { describe, expect, test } from 'vitest';
import { parseWrk } from './wrk.ts';

const REPORT = `Running 5s test @ http://127.0.0.1:8080/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     4.12ms    5.07ms  79.84ms   97.12%
    Req/Sec    17.31k     1.23k   18.90k    80.00%
  Latency Distribution
     50%  912.00us
     75%    3.96ms
     90%    4.57ms
     99%    1.20s
  86055 requests in 5.00s, 18.88MB read
  Socket errors: connect 1, read 9, write 0, timeout 2
  Non-2xx or 3xx responses: 7
Requests/sec:  17150.22
Transfer/sec:     18.81MB
`;

describe("wrk's report", () => {
  test('is read with its errors and units', () => {
    expect(parseWrk(REPORT)).toEqual({
      requests: 86_055,
      requestsPerSecond: 17_150.22,
      p50Us: 912,
      p99Us: 1_200_000,
      errors: { connect: 1, read: 9, write: 0, timeout: 2 },
      failed: 7,
    });
  });

  test('without a line on errors has none', () => {
    const clean = REPORT.replace(/ {2}Socket.*\n {2}Non.*\n/, '');
    expect(parseWrk(clean)).toMatchObject({ errors: { connect: 0, read: 0, write: 0, timeout: 0 }, failed: 0 });
  });

  test('is refused when it is something else', () => {
    expect(() => parseWrk('unable to connect to 127.0.0.1:1')).toThrow('not a report of wrk');
  });
});
