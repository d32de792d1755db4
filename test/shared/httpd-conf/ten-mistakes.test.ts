import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { messages, read } from './reading.ts';

test('a configuration with ten mistakes reports all ten, with line, column and what was meant', () => {
  const text = readFileSync(new URL('ten-mistakes.conf', import.meta.url), 'utf8');
  const result = read(text);
  expect(result.definition).toBeUndefined();
  expect(messages(result)).toEqual([
    'a.conf:2:8: error: Listen: port "80800" in "127.0.0.1:80800" must be 1..65535',
    'a.conf:3:1: error: ServerNam: unknown directive; did you mean ServerName?',
    'a.conf:4:11: error: KeepAlive: "Yes": must be On or Off',
    'a.conf:7:5: error: BalancerMembr: unknown directive; did you mean BalancerMember?',
    'a.conf:8:42: error: BalancerMember: unknown worker parameter "loadfacter"; did you mean loadfactor?',
    'a.conf:9:42: error: BalancerMember: status=+Q: status is wrong: unknown status flag "Q"; flags are D S I R H E N C with + or -',
    'a.conf:10:20: error: BalancerMember: AJP (ajp://) is not supported; workers speak http or ws',
    'a.conf:11:14: error: ProxySet: lbmethod=byrequest: lbmethod must be one of byrequests, bytraffic, bybusyness; did you mean byrequests?',
    'a.conf:14:42: error: ProxyPass: a comment needs a line of its own',
    'a.conf:16:13: error: Require: access control is not supported by this version, and leaving it out would let everybody in',
  ]);
});
