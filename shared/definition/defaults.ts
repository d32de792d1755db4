import { invariant } from '../assert.ts';
import type { ElectionBalancer, ElectionMember } from '../balancing/balancing.ts';
import { type Balancer, balancerId } from './balancer.ts';
import type { Override, OverrideParameters } from './override.ts';
import type { DirectorySettings, RequestReadTimeout, ServerSettings, VirtualHost } from './virtual-host.ts';
import type { EffectiveWorker, Worker } from './worker.ts';
import { applyStatus, parseStatus, type StatusChange, WorkerStatus } from './worker-status.ts';
import { parseWorkerUrl } from './worker-url.ts';

/**
 * A balancer's worker with httpd's defaults filled in and an operator's act laid over it: an override's parameters replace
 * the configured ones, its status change is applied onto the configured initial flags. E and C among the initial flags stay,
 * so `status=+E` starts in error and is retried by the first request. INITIALIZED is always set. The definition has been
 * validated: a URL that is none breaks an invariant.
 *
 * @source mod_proxy "ProxyPass" worker parameters (mod_proxy.c:set_worker_param, proxy_util.c:ap_proxy_initialize_worker)
 */
export function effectiveWorker(worker: Worker, override?: OverrideParameters): EffectiveWorker {
  const { url, parameters: p } = worker;
  const address = parseWorkerUrl(url);
  invariant(address !== undefined, `worker "${url}" has no URL of a worker; validation refuses such definitions`);
  const { scheme, host, port, path } = address;
  const max = p.max === undefined || p.max === 0 ? Number.POSITIVE_INFINITY : p.max;
  const addressttlMs = p.addressttlMs ?? -1;
  return {
    url,
    scheme,
    host,
    port,
    path,
    lbfactor: lbfactorOf(override?.loadfactor ?? p.loadfactor ?? 1),
    lbset: override?.lbset ?? p.lbset ?? 0,
    status: initialStatus(p.status, override?.status),
    route: override?.route ?? p.route ?? '',
    redirect: override?.redirect ?? p.redirect ?? '',
    retryMs: p.retryMs ?? 60_000,
    timeoutMs: p.timeoutMs,
    connectiontimeoutMs: p.connectiontimeoutMs ?? p.timeoutMs,
    acquireMs: p.acquireMs,
    max,
    smax: Math.min(p.smax ?? max, max),
    ttlMs: p.ttlMs,
    keepalive: p.keepalive ?? false,
    // An address that is resolved each time cannot be trusted to be that of a pooled connection.
    disablereuse: addressttlMs === 0 || (p.disablereuse ?? isRegexTarget(url)),
    addressttlMs,
    pingMs: p.pingMs,
    receivebuffersize: p.receivebuffersize ?? 0,
    responsefieldsize: p.responsefieldsize ?? 8192,
    upgrade: p.upgrade ?? (scheme === 'ws' || scheme === 'wss' ? 'WebSocket' : ''),
  };
}

/**
 * A worker that belongs to no balancer: it ignores errors, since there is nothing to fail over to.
 *
 * @source proxy_util.c:ap_proxy_define_worker_ex
 */
export function effectivePlainWorker(worker: Worker): EffectiveWorker {
  const effective = effectiveWorker(worker);
  return { ...effective, status: effective.status | WorkerStatus.IGNORE_ERRORS };
}

/**
 * A balancer as elections see it.
 *
 * @param overrides all overrides of the fleet; those on this balancer's members apply, later ones over earlier
 * @param slotOf the scoreboard row of a member, by its URL
 * @source mod_proxy "Balancer parameters" (mod_proxy_balancer.c:init_balancer_members for maxattempts)
 */
export function effectiveBalancer(
  balancer: Balancer,
  overrides: readonly Override[],
  slotOf: (url: string) => number,
): ElectionBalancer {
  const id = balancerId(balancer);
  const own = overrides.filter((override) => override.balancer === id);
  const members = balancer.members.map((worker): ElectionMember => {
    const effective = effectiveWorker(worker, overrideOf(own, worker.url));
    return electionMember(effective, slotOf(effective.url));
  });
  return electionBalancer(balancer, members);
}

/** A member as elections see it. @param slot its scoreboard row */
export function electionMember(worker: EffectiveWorker, slot: number): ElectionMember {
  const { url, lbfactor, lbset, route, redirect, retryMs } = worker;
  return { slot, url, lbfactor, lbset, route, redirect, retryMs };
}

/** A balancer as elections see it, of members that are ready. */
export function electionBalancer(
  balancer: Omit<Balancer, 'members'>,
  members: readonly ElectionMember[],
): ElectionBalancer {
  const { parameters: p } = balancer;
  return {
    id: balancerId(balancer),
    lbmethod: p.lbmethod ?? 'byrequests',
    maxattempts: p.maxattempts ?? Math.max(0, members.length - 1),
    timeoutMs: p.timeoutMs ?? 0,
    stickysession: p.stickysession,
    stickysessionsep: p.stickysessionsep ?? '.',
    scolonpathdelim: p.scolonpathdelim ?? false,
    nofailover: p.nofailover ?? false,
    failonstatus: new Set(p.failonstatus),
    failontimeout: p.failontimeout ?? false,
    forcerecovery: p.forcerecovery ?? true,
    members,
  };
}

/** What all overrides on one worker amount to: parameter by parameter the last one counts, status flag by flag. */
export function overrideOf(overrides: readonly Override[], url: string): OverrideParameters | undefined {
  let merged: OverrideParameters | undefined;
  for (const { worker, parameters } of overrides) {
    if (worker !== url) continue;
    const status = mergeStatus(merged?.status, parameters.status);
    merged = { ...merged, ...parameters, ...(status === undefined ? {} : { status }) };
  }
  return merged;
}

function mergeStatus(earlier: StatusChange | undefined, later: StatusChange | undefined): StatusChange | undefined {
  if (earlier === undefined || later === undefined) return later ?? earlier;
  return { set: (earlier.set & ~later.clear) | later.set, clear: (earlier.clear & ~later.set) | later.clear };
}

/** Every setting a request needs, defaults filled in. Times are milliseconds. */
export type EffectiveSettings = {
  readonly [Name in keyof Required<ServerSettings>]: Name extends 'requestReadTimeout'
    ? Required<RequestReadTimeout>
    : Required<ServerSettings>[Name];
};

/** @source the directives' documented defaults, httpd 2.4 */
export const SETTING_DEFAULTS: Omit<EffectiveSettings, 'proxyTimeoutMs'> = {
  timeoutMs: 60_000,
  keepAlive: true,
  keepAliveTimeoutMs: 5_000,
  maxKeepAliveRequests: 100,
  proxyVia: 'off',
  proxyPreserveHost: false,
  proxyAddHeaders: true,
  limitRequestBody: 1_073_741_824,
  limitRequestLine: 8190,
  limitRequestFieldSize: 8190,
  limitRequestFields: 100,
  requestReadTimeout: {
    header: { initialMs: 20_000, maxMs: 40_000, minRate: 500 },
    body: { initialMs: 20_000, minRate: 500 },
  },
};

/**
 * The settings that hold for a request: `<Location>` over virtual host over main server over httpd's defaults. ProxyTimeout
 * that nobody sets is the resulting Timeout. The stages of RequestReadTimeout are inherited one by one, as mod_reqtimeout
 * does; a stage with `initialMs` 0 is not limited.
 *
 * @param vhost the server that answers; the main server itself if no virtual host does
 * @param directory merged settings of the request's Locations, later ones over earlier
 */
export function effectiveSettings(
  main: VirtualHost,
  vhost: VirtualHost,
  directory?: DirectorySettings,
): EffectiveSettings {
  const merged = { ...SETTING_DEFAULTS, ...main.settings, ...vhost.settings, ...directory };
  return {
    ...merged,
    proxyTimeoutMs: merged.proxyTimeoutMs ?? merged.timeoutMs,
    requestReadTimeout: {
      ...SETTING_DEFAULTS.requestReadTimeout,
      ...main.settings.requestReadTimeout,
      ...vhost.settings.requestReadTimeout,
    },
  };
}

/** `loadfactor` × 100, cut with the same double arithmetic as httpd's (1.15 gives 114). @source mod_proxy.c:set_worker_param */
function lbfactorOf(loadfactor: number): number {
  return Math.trunc(loadfactor * 100);
}

function initialStatus(letters: string | undefined, override: StatusChange | undefined): number {
  let status = 0;
  if (letters !== undefined && letters !== '') {
    const change = parseStatus(letters);
    // The reader and the validation refuse other letters; here nobody is left to tell.
    if (!('error' in change)) status = applyStatus(status, change);
  }
  if (override !== undefined) status = applyStatus(status, override);
  return status | WorkerStatus.INITIALIZED;
}

/** The worker of a regex rule that substitutes into its URL: by default its connections are not reused. */
function isRegexTarget(url: string): boolean {
  return /\$\d/.test(url);
}
