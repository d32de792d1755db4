import { describe, expect, test } from 'vitest';
import {
  BALANCER_PARAMETERS,
  mergeWorkerParameter,
  parseBalancerParameter,
  parseWorkerParameter,
  WORKER_PARAMETERS,
} from '#shared/definition/parameters.ts';

function worker(setting: string) {
  const [key = '', ...rest] = setting.split('=');
  return parseWorkerParameter(key, rest.join('='));
}

function balancer(setting: string) {
  const [key = '', ...rest] = setting.split('=');
  return parseBalancerParameter(key, rest.join('='));
}

describe('a worker parameter', () => {
  test.each([
    ['loadfactor=3', { loadfactor: 3 }],
    ['loadfactor=1.15', { loadfactor: 1.15 }],
    ['loadfactor=1.009', { loadfactor: 1 }],
    ['LBSET=2', { lbset: 2 }],
    ['status=+h', { status: 'H' }],
    ['status=D+H-E', { status: 'DH' }],
    ['route=a=b', { route: 'a=b' }],
    ['retry=0', { retryMs: 0 }],
    ['retry=5', { retryMs: 5_000 }],
    ['retry=5s', { retryMs: 5_000 }],
    ['timeout=500ms', { timeoutMs: 500 }],
    ['timeout=2MIN', { timeoutMs: 120_000 }],
    ['timeout=2mi', { timeoutMs: 120_000 }],
    ['connectiontimeout=1h', { connectiontimeoutMs: 3_600_000 }],
    ['acquire=20', { acquireMs: 20 }],
    ['acquire=1s', { acquireMs: 1_000 }],
    ['max=0', { max: 0 }],
    ['ttl=60', { ttlMs: 60_000 }],
    ['keepalive=on', { keepalive: true }],
    ['disablereuse=On', { disablereuse: true }],
    ['enablereuse=On', { disablereuse: false }],
    ['addressttl=-1', { addressttlMs: -1 }],
    ['addressttl=2min', { addressttlMs: 120_000 }],
    ['ping=1ms', { pingMs: 1 }],
    ['iobuffersize=512', { iobuffersize: 512 }],
    ['upgrade=any', { upgrade: 'ANY' }],
    ['upgrade=websocket', { upgrade: 'websocket' }],
    ['hcmethod=get11', { hcmethod: 'GET11' }],
    ['hcmethod=None', { hcmethod: 'NONE' }],
    ['hcinterval=2', { hcintervalMs: 2_000 }],
    ['hcinterval=100ms', { hcintervalMs: 100 }],
    ['hcpasses=0', { hcpasses: 0 }],
    ['hcfails=3', { hcfails: 3 }],
    ['hcuri=/health?deep=1', { hcuri: '/health?deep=1' }],
  ])('%s is read', (setting, parameters) => {
    expect(worker(setting)).toMatchObject({ ok: true, parameters });
  });

  test.each([
    ['loadfactor=0.99', 'loadfactor=0.99: loadfactor must be a number, 1..100'],
    ['loadfactor=100.001', 'loadfactor=100.001: loadfactor must be a number, 1..100'],
    ['loadfactor=2x', 'loadfactor=2x: loadfactor must be a number, 1..100'],
    ['lbset=100', 'lbset=100: lbset must be a whole number, 0..99'],
    [
      'retry=abc',
      'retry=abc: retry must be a time, 0s or more: a whole number with unit ms, s, min or h (none means s)',
    ],
    [
      'timeout=0',
      'timeout=0: timeout must be a time, 1ms or more: a whole number with unit ms, s, min or h (none means s)',
    ],
    ['ttl=60s', 'ttl=60s: ttl must be a whole number of seconds without a unit, 1 or more'],
    ['keepalive=yes', 'keepalive=yes: keepalive must be On or Off'],
    ['status=Q', 'status=Q: status is wrong: unknown status flag "Q"; flags are D S I R H E N C with + or -'],
    ['hcmethod=CPING', 'hcmethod=CPING: hcmethod must speak HTTP or TCP: CPING belongs to AJP, which is not supported'],
    ['hcmethod=POST', 'hcmethod=POST: hcmethod must be one of NONE, TCP, OPTIONS, HEAD, GET, OPTIONS11, HEAD11, GET11'],
    [
      'hcinterval=99ms',
      'hcinterval=99ms: hcinterval must be a time, 100ms or more: a whole number with unit ms, s, min or h (none means s)',
    ],
    ['hcpasses=-1', 'hcpasses=-1: hcpasses must be a whole number, 0 or more'],
    ['hcuri=/a b', 'hcuri=/a b: hcuri must be up to 63 visible ASCII characters, without blanks'],
    [
      'hcexpr=ok',
      'hcexpr=ok: conditions on answers to health checks are not supported by this version; without one, status 200 to 399 passes',
    ],
    [
      'hctemplate=t',
      'hctemplate=t: templates of health checks are not supported by this version; give hcmethod and the others here',
    ],
    ['multipathtcp=On', 'multipathtcp=On: Multipath TCP is not supported; leave it out or say Off'],
    ['route=a\nb', 'route=a\nb: route must not contain control characters'],
    [
      'stickysession=X',
      'stickysession is a parameter of a balancer, not of a worker: give it to ProxySet in the <Proxy balancer://…> section',
    ],
  ])('%s is refused in so many words', (setting, error) => {
    expect(worker(setting)).toEqual({ ok: false, error });
  });

  test('keeps a secret out of the message that refuses it', () => {
    expect(JSON.stringify(worker('secret=hunter2'))).not.toContain('hunter2');
  });

  test('misspelt gets the nearest name', () => {
    expect(worker('laodfactor=2')).toEqual({
      ok: false,
      error: 'unknown worker parameter "laodfactor"',
      suggestion: 'loadfactor',
    });
  });

  test('without effect says why', () => {
    expect(worker('flushpackets=auto')).toMatchObject({ ok: true, ignored: expect.stringContaining('AJP') });
  });

  test('status gives the change of flags, which adds to what there is', () => {
    const result = worker('status=+D-H');
    expect(result).toMatchObject({ ok: true, status: { set: 0x20 } });
    if (!result.ok) return;
    expect(mergeWorkerParameter({ status: 'H', lbset: 1 }, result)).toEqual({ status: 'D', lbset: 1 });
  });

  test('status that clears every flag leaves none', () => {
    const result = worker('status=-H');
    if (!result.ok) throw new Error(result.error);
    expect(mergeWorkerParameter({ status: 'H' }, result)).toEqual({});
  });
});

describe('a balancer parameter', () => {
  test.each([
    ['lbmethod=bytraffic', { lbmethod: 'bytraffic' }],
    ['maxattempts=0', { maxattempts: 0 }],
    ['timeout=10ms', { timeoutMs: 10 }],
    ['stickysession=A', { stickysession: { cookie: 'A', url: 'A' } }],
    ['stickysession=A|b', { stickysession: { cookie: 'A', url: 'b' } }],
    ['stickysessionsep=!', { stickysessionsep: '!' }],
    ['stickysessionsep=off', { stickysessionsep: '' }],
    ['failonstatus=500,503, 500', { failonstatus: [500, 503] }],
    ['nonce=none', { nonce: '' }],
    ['growth=100', { growth: 100 }],
    ['forcerecovery=Off', { forcerecovery: false }],
    ['verdict=any', { verdict: { kind: 'any' } }],
    ['verdict=Majority', { verdict: { kind: 'majority' } }],
    ['verdict=quorum=2', { verdict: { kind: 'quorum', nodes: 2 } }],
    ['verdict=OFF', { verdict: { kind: 'off' } }],
    ['panic=0', { panic: 0 }],
    ['panic=100', { panic: 100 }],
    ['fleetbalance=on', { fleetbalance: true }],
  ])('%s is read', (setting, parameters) => {
    expect(balancer(setting)).toMatchObject({ ok: true, parameters });
  });

  test.each([
    ['lbmethod=ByRequests', 'did you mean byrequests?'],
    ['lbmethod=heartbeat', 'not supported'],
    ['timeout=9ms', 'timeout must be a time, 10ms or more'],
    ['stickysessionsep=ab', 'must be one ASCII character, or Off'],
    ['stickysessionsep=', 'must be one ASCII character, or Off'],
    ['failonstatus=99', '100..599'],
    ['growth=0', '1..100'],
    ['verdict=quorum=0', 'must be any, majority, quorum=K with K 1..10000, or off'],
    ['verdict=quorum', 'must be any, majority, quorum=K'],
    ['panic=101', '0..100'],
    ['panic=5%', '0..100'],
    ['fleetbalance=yes', 'must be On or Off'],
    ['hcmethod=GET', 'is a parameter of a worker, not of a balancer: give it to BalancerMember'],
    ['loadfactor=2', 'is a parameter of a worker, not of a balancer: give it to BalancerMember'],
    ['retyr=5', 'retry is a parameter of a worker'],
  ])('%s is refused', (setting, reason) => {
    const result = balancer(setting);
    expect(result.ok ? 'accepted' : result.error).toContain(reason);
  });

  test('a sticky session name that is too long is cut, as in httpd, with a warning', () => {
    expect(balancer(`stickysession=${'a'.repeat(80)}`)).toMatchObject({
      ok: true,
      parameters: { stickysession: { cookie: 'a'.repeat(63) } },
      warning: expect.stringContaining('cut'),
    });
  });
});

describe('the tables', () => {
  test('print what they have read, so that it reads the same', () => {
    const samples = [
      'loadfactor=2.5 lbset=3 status=+DH route=r redirect=x retry=1500ms timeout=5 connectiontimeout=100ms acquire=20',
      'max=5 smax=3 min=1 ttl=60 keepalive=On disablereuse=Off addressttl=60 ping=2 iobuffersize=0 receivebuffersize=1024',
      'responsefieldsize=100 upgrade=ANY hcmethod=HEAD hcinterval=500ms hcpasses=2 hcfails=3 hcuri=/h',
    ].flatMap((line) => line.split(' '));
    for (const sample of samples) {
      const result = worker(sample);
      if (!result.ok) throw new Error(result.error);
      const printed = WORKER_PARAMETERS.flatMap((spec) => {
        const value = spec.print(result.parameters);
        return value === undefined ? [] : [`${spec.key}=${value}`];
      });
      expect(printed).toEqual([sample]);
    }
    expect(samples.map((sample) => sample.split('=')[0])).toEqual(WORKER_PARAMETERS.map(({ key }) => key));
  });

  test('have a range and a default for every parameter', () => {
    for (const { range, defaultText } of [...WORKER_PARAMETERS, ...BALANCER_PARAMETERS]) {
      expect(range).not.toBe('');
      expect(defaultText).not.toBe('');
    }
  });
});
