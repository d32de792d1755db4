import type { Balancer, BalancerParameters } from '#shared/definition/balancer.ts';
import type { Worker, WorkerParameters } from '#shared/definition/worker.ts';
import { parseStatus, statusLetters } from '#shared/definition/worker-status.ts';

/** What the replay needs of a vector's configuration; everything else in it is left out. */
export type SmallConf = {
  readonly balancers: readonly Balancer[];
  /** In configured order: path prefix, and a balancer's name or a plain worker. */
  readonly routes: readonly { readonly prefix: string; readonly to: string | Worker }[];
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads the few directives of the balancing vectors; a reader for tests, not a model of httpd's. */
export function readSmallConf(lines: readonly string[]): SmallConf {
  const balancers: { name: string; parameters: Mutable<BalancerParameters>; members: Worker[] }[] = [];
  const routes: SmallConf['routes'][number][] = [];
  let balancer: (typeof balancers)[number] | undefined;
  for (const line of lines) {
    const [directive = '', first = '', ...rest] = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? m[2] ?? '');
    if (directive === '<Proxy') {
      balancer = { name: balancerName(first), parameters: {}, members: [] };
      balancers.push(balancer);
    } else if (directive === '</Proxy>') {
      balancer = undefined;
    } else if (directive === 'BalancerMember') {
      balancer?.members.push({ url: memberUrl(first), parameters: workerParameters(rest) });
    } else if (directive === 'ProxySet') {
      if (balancer !== undefined) setBalancer(balancer.parameters, [first, ...rest]);
    } else if (directive === 'ProxyPass' && rest[0] !== undefined) {
      const target = rest[0];
      const balanced = target.toLowerCase().startsWith('balancer://');
      const to = balanced
        ? balancerName(target)
        : { url: memberUrl(target), parameters: workerParameters(rest.slice(1)) };
      routes.push({ prefix: first, to });
    }
  }
  return { balancers, routes };
}

/** `{{W1}}/ctx` as a URL whose host is the backend's name. */
export function memberUrl(text: string): string {
  return text.replace(/\{\{(W\d+)\}\}/, (_, name: string) => `http://${name.toLowerCase()}`);
}

/** The backend a member's URL leads to, e.g. `W1`; undefined for other hosts. */
export function backendOf(url: string): string | undefined {
  return /^http:\/\/(w\d+)(?:\/|$)/.exec(url)?.[1]?.toUpperCase();
}

function balancerName(text: string): string {
  return /^balancer:\/\/([^/>]+)/i.exec(text)?.[1]?.toLowerCase() ?? '';
}

function* pairs(words: readonly string[]): Generator<[key: string, value: string]> {
  for (const word of words) {
    const at = word.indexOf('=');
    yield [word.slice(0, at).toLowerCase(), word.slice(at + 1)];
  }
}

function workerParameters(words: readonly string[]): WorkerParameters {
  const p: Mutable<WorkerParameters> = {};
  for (const [key, value] of pairs(words)) {
    if (key === 'loadfactor') p.loadfactor = Number(value);
    else if (key === 'lbset') p.lbset = Number(value);
    else if (key === 'route') p.route = value;
    else if (key === 'redirect') p.redirect = value;
    else if (key === 'retry') p.retryMs = Number.parseInt(value, 10) * 1000;
    else if (key === 'timeout') p.timeoutMs = Number.parseInt(value, 10) * 1000;
    else if (key === 'acquire') p.acquireMs = value.endsWith('s') ? Number.parseInt(value, 10) * 1000 : Number(value);
    else if (key === 'ping') p.pingMs = Number(value) * 1000;
    else if (key === 'max') p.max = Number(value);
    else if (key === 'disablereuse') p.disablereuse = value === 'On';
    else if (key === 'status') {
      const change = parseStatus(value);
      if (!('error' in change)) p.status = statusLetters(change.set);
    }
  }
  return p;
}

function setBalancer(p: Mutable<BalancerParameters>, words: readonly string[]): void {
  for (const [key, value] of pairs(words)) {
    if (key === 'lbmethod') p.lbmethod = lbmethodNamed(value) ?? 'byrequests';
    else if (key === 'maxattempts') p.maxattempts = Number(value);
    else if (key === 'timeout') p.timeoutMs = Number(value) * 1000;
    else if (key === 'stickysession') p.stickysession = stickyNames(value);
    else if (key === 'stickysessionsep') p.stickysessionsep = value === 'Off' ? '' : value;
    else if (key === 'scolonpathdelim') p.scolonpathdelim = value === 'On';
    else if (key === 'nofailover') p.nofailover = value === 'On';
    else if (key === 'failonstatus') p.failonstatus = value.split(',').map(Number);
    else if (key === 'failontimeout') p.failontimeout = value === 'On';
    else if (key === 'forcerecovery') p.forcerecovery = value === 'On';
    else if (key === 'growth') p.growth = Number(value);
    else if (key === 'nonce') p.nonce = value === 'None' ? '' : value;
  }
}

export function stickyNames(text: string): { cookie: string; url: string } {
  const [cookie = '', url = cookie] = text.split('|');
  return { cookie, url };
}

export function lbmethodNamed(text: string): 'byrequests' | 'bytraffic' | 'bybusyness' | undefined {
  return text === 'byrequests' || text === 'bytraffic' || text === 'bybusyness' ? text : undefined;
}
