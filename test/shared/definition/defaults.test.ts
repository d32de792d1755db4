import { describe, expect, it } from 'vitest';
import type { BalancerParameters } from '#shared/definition/balancer.ts';
import {
  effectiveBalancer,
  effectivePlainWorker,
  effectiveSettings,
  effectiveWorker,
  overrideOf,
} from '#shared/definition/defaults.ts';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import type { Override, OverrideParameters } from '#shared/definition/override.ts';
import type { ServerSettings, VirtualHost } from '#shared/definition/virtual-host.ts';
import type { WorkerParameters } from '#shared/definition/worker.ts';
import { statusLetters, WorkerStatus } from '#shared/definition/worker-status.ts';

const URL = 'http://10.0.0.1:8080/ctx';

function effective(parameters: WorkerParameters, override?: OverrideParameters, url = URL) {
  return effectiveWorker({ url, parameters }, override);
}

function override(parameters: OverrideParameters, worker = URL, balancer = 'c'): Override {
  return { balancer, worker, parameters, actor: 'operator', sinceMs: 1 };
}

describe('effectiveWorker', () => {
  it('fills in what httpd assumes', () => {
    expect(effective({})).toEqual({
      url: URL,
      scheme: 'http',
      host: '10.0.0.1',
      port: 8080,
      path: '/ctx',
      lbfactor: 100,
      lbset: 0,
      status: WorkerStatus.INITIALIZED,
      route: '',
      redirect: '',
      retryMs: 60_000,
      timeoutMs: undefined,
      connectiontimeoutMs: undefined,
      acquireMs: undefined,
      max: Number.POSITIVE_INFINITY,
      smax: Number.POSITIVE_INFINITY,
      ttlMs: undefined,
      keepalive: false,
      disablereuse: false,
      addressttlMs: -1,
      pingMs: undefined,
      receivebuffersize: 0,
      responsefieldsize: 8192,
      upgrade: '',
    });
  });

  it.each([
    [1, 100],
    [2.25, 225],
    [4.5, 450],
    [1.15, 114],
    [100, 10_000],
  ])('makes loadfactor %d the lbfactor %i, cut as in C', (loadfactor, lbfactor) => {
    expect(effective({ loadfactor }).lbfactor).toBe(lbfactor);
  });

  it('keeps E and C among the initial flags and is always initialised', () => {
    const { status } = effective({ status: 'EC' });
    expect([statusLetters(status), status & WorkerStatus.INITIALIZED]).toEqual(['EC', WorkerStatus.INITIALIZED]);
    const clear = ~0;
    expect(effective({ status: 'E' }, { status: { set: 0, clear } }).status).toBe(WorkerStatus.INITIALIZED);
  });

  it('lays an override over the parameters and its status change onto the flags', () => {
    const change = { set: WorkerStatus.DRAIN, clear: WorkerStatus.HOT_STANDBY };
    const parameters: WorkerParameters = { loadfactor: 2, lbset: 1, route: 'a', redirect: 'b', status: 'DH' };
    const worker = effective(parameters, { loadfactor: 5, route: '', status: change });
    expect(worker).toMatchObject({ lbfactor: 500, lbset: 1, route: '', redirect: 'b' });
    expect(statusLetters(worker.status)).toBe('ND');
  });

  it('derives limits and times from each other', () => {
    expect(effective({ timeoutMs: 5000 }).connectiontimeoutMs).toBe(5000);
    expect(effective({ timeoutMs: 5000, connectiontimeoutMs: 100 }).connectiontimeoutMs).toBe(100);
    expect(effective({ max: 0 }).max).toBe(Number.POSITIVE_INFINITY);
    expect(effective({ max: 4 }).smax).toBe(4);
    expect(effective({ max: 4, smax: 9 }).smax).toBe(4);
  });

  it('does not reuse connections to addresses that are resolved each time, nor of regex targets unless told', () => {
    expect(effective({ addressttlMs: 0, disablereuse: false }).disablereuse).toBe(true);
    expect(effective({}, undefined, 'http://10.0.0.1/$1').disablereuse).toBe(true);
    expect(effective({ disablereuse: false }, undefined, 'http://10.0.0.1/$1').disablereuse).toBe(false);
  });

  it('lets ws and wss workers upgrade to WebSocket, on the ports of http and https', () => {
    expect(effective({}, undefined, 'ws://h.test')).toMatchObject({ upgrade: 'WebSocket', port: 80 });
    expect(effective({}, undefined, 'wss://h.test')).toMatchObject({ upgrade: 'WebSocket', port: 443 });
    expect(effective({ upgrade: 'h2c' }, undefined, 'ws://h.test').upgrade).toBe('h2c');
  });

  it('refuses to go on with a URL that validation should have refused', () => {
    expect(() => effective({}, undefined, 'nonsense')).toThrow('"nonsense"');
  });
});

describe('effectivePlainWorker', () => {
  it('ignores errors', () => {
    expect(statusLetters(effectivePlainWorker({ url: URL, parameters: { status: 'D' } }).status)).toBe('ID');
  });
});

describe('overrideOf', () => {
  it('merges the acts on one worker, parameter by parameter and flag by flag, the last one winning', () => {
    const { DISABLED, DRAIN, HOT_SPARE } = WorkerStatus;
    const acts = [
      override({ loadfactor: 2, lbset: 3, status: { set: DISABLED | DRAIN, clear: HOT_SPARE } }),
      override({ loadfactor: 9 }, 'http://other.test'),
      override({ loadfactor: 4, status: { set: HOT_SPARE, clear: DISABLED } }),
      override({ route: 'x' }),
    ];
    expect(overrideOf(acts, URL)).toEqual({
      loadfactor: 4,
      lbset: 3,
      route: 'x',
      status: { set: DRAIN | HOT_SPARE, clear: DISABLED },
    });
    expect(overrideOf(acts, 'http://nobody.test')).toBeUndefined();
  });
});

describe('effectiveBalancer', () => {
  const worker = (url: string, parameters: WorkerParameters = {}) => ({ url, parameters });
  const [first, second, third] = [worker(URL), worker('http://10.0.0.2', { loadfactor: 3 }), worker('http://10.0.0.3')];

  function balancer(members: readonly ReturnType<typeof worker>[], parameters: BalancerParameters = {}) {
    return effectiveBalancer({ name: 'c', parameters, members }, [], (url) => url.length);
  }

  it('fills in what httpd assumes', () => {
    const { members, ...parameters } = balancer([first]);
    expect(parameters).toEqual({
      id: 'c',
      lbmethod: 'byrequests',
      maxattempts: 0,
      timeoutMs: 0,
      stickysession: undefined,
      stickysessionsep: '.',
      scolonpathdelim: false,
      nofailover: false,
      failonstatus: new Set(),
      failontimeout: false,
      forcerecovery: true,
    });
    expect(members).toEqual([
      { slot: URL.length, url: URL, lbfactor: 100, lbset: 0, route: '', redirect: '', retryMs: 60_000 },
    ]);
  });

  it('allows one attempt per member by default, and as many as told otherwise', () => {
    expect([[], [first], [first, second, third]].map((members) => balancer(members).maxattempts)).toEqual([0, 0, 2]);
    expect(balancer([first, second], { maxattempts: 0 }).maxattempts).toBe(0);
    expect(balancer([first], { maxattempts: 7 }).maxattempts).toBe(7);
  });

  it('keeps an empty separator, which means the whole value, and the statuses to fail on', () => {
    const { stickysessionsep, failonstatus } = balancer([], { stickysessionsep: '', failonstatus: [500, 503] });
    expect([stickysessionsep, [...failonstatus]]).toEqual(['', [500, 503]]);
  });

  it('applies overrides of this balancer of this virtual host only', () => {
    const overrides = [
      override({ lbset: 1 }),
      override({ lbset: 2 }, URL, 'v/c'),
      override({ loadfactor: 7 }, second.url, 'v/c'),
    ];
    const definition = { name: 'c', virtualHost: 'v', parameters: {}, members: [first, second] };
    const { id, members } = effectiveBalancer(definition, overrides, () => 0);
    expect([id, ...members.map(({ lbset, lbfactor }) => [lbset, lbfactor])]).toEqual(['v/c', [2, 100], [0, 700]]);
  });
});

describe('effectiveSettings', () => {
  const host = (settings: ServerSettings): VirtualHost => ({ ...EMPTY_DEFINITION.mainServer, settings });
  const none = host({});

  it('fills in what httpd assumes', () => {
    expect(effectiveSettings(none, none)).toEqual({
      timeoutMs: 60_000,
      proxyTimeoutMs: 60_000,
      keepAlive: true,
      keepAliveTimeoutMs: 5_000,
      maxKeepAliveRequests: 100,
      proxyVia: 'off',
      proxyPreserveHost: false,
      proxyAddHeaders: true,
      limitRequestBody: 2 ** 30,
      limitRequestLine: 8190,
      limitRequestFieldSize: 8190,
      limitRequestFields: 100,
      requestReadTimeout: {
        header: { initialMs: 20_000, maxMs: 40_000, minRate: 500 },
        body: { initialMs: 20_000, minRate: 500 },
      },
    });
  });

  it('prefers Location to virtual host to main server', () => {
    const main = host({ proxyPreserveHost: true, proxyVia: 'on', limitRequestBody: 1 });
    const vhost = host({ proxyVia: 'full', limitRequestBody: 2 });
    expect(effectiveSettings(main, vhost, { limitRequestBody: 3 })).toMatchObject({
      proxyPreserveHost: true,
      proxyVia: 'full',
      limitRequestBody: 3,
    });
  });

  it('takes the resulting Timeout for a ProxyTimeout nobody set', () => {
    expect(effectiveSettings(host({ timeoutMs: 7 }), none).proxyTimeoutMs).toBe(7);
    expect(effectiveSettings(host({ timeoutMs: 7 }), host({ timeoutMs: 8 })).proxyTimeoutMs).toBe(8);
    expect(effectiveSettings(host({ proxyTimeoutMs: 5 }), host({ timeoutMs: 8 })).proxyTimeoutMs).toBe(5);
  });

  it('inherits the stages of RequestReadTimeout one by one', () => {
    const main = host({ requestReadTimeout: { header: { initialMs: 0 } } });
    const vhost = host({ requestReadTimeout: { body: { initialMs: 1 } } });
    expect(effectiveSettings(main, vhost).requestReadTimeout).toEqual({
      header: { initialMs: 0 },
      body: { initialMs: 1 },
    });
  });
});
