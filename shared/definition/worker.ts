/**
 * One backend: a BalancerMember, or the plain target of a ProxyPass. A worker's identity inside a fleet is its balancer
 * (or, for plain workers, its virtual host) plus this URL.
 */
export type Worker = {
  /**
   * Normalised name: scheme and host lower-cased, the scheme's default port dropped, path kept as written,
   * e.g. `http://10.0.0.1:8080/ctx` (proxy_util.c:ap_proxy_define_worker_ex). A plain worker of a regex rule keeps its `$n`.
   */
  readonly url: string;
  /** Only what the configuration says; `workerDefaults` gives the rest. */
  readonly parameters: WorkerParameters;
};

/** What a configuration may say of a worker. Times are milliseconds. @source mod_proxy "ProxyPass" parameters */
export type WorkerParameters = {
  /** Weight 1..100, at most two decimals (httpd stores it × 100, cut). Default 1. */
  readonly loadfactor?: number;
  /** Cluster set 0..99. Default 0. */
  readonly lbset?: number;
  /** Initial flags as canonical letters in display order (`statusLetters`), e.g. `H`. Default none. */
  readonly status?: string;
  /** Session route, up to 63 characters. */
  readonly route?: string;
  /** Route to use instead while this worker is unusable, up to 63 characters. */
  readonly redirect?: string;
  /** Time in the error state before the next try; 0 retries at once. Default 60,000. */
  readonly retryMs?: number;
  /** Inactivity limit of reads and writes. Default: ProxyTimeout, else Timeout. */
  readonly timeoutMs?: number;
  /** Time to connect, per address. Default: the value of timeout. */
  readonly connectiontimeoutMs?: number;
  /** Time to wait for a free connection of a full pool. Default: no limit. */
  readonly acquireMs?: number;
  /** Most connections a node holds to this worker; 0 or unset = no limit of its own. */
  readonly max?: number;
  /** Idle connections kept beyond ttl. Default: max. */
  readonly smax?: number;
  /** Accepted as httpd does: slots, not connections, are made at start; no effect on the wire. Default 0. */
  readonly min?: number;
  /** Idle life of a pooled connection. Default: no limit. */
  readonly ttlMs?: number;
  /** TCP keep-alive probes. Default false. */
  readonly keepalive?: boolean;
  /** Close the backend connection after each exchange. Default false (true for regex workers with `$n`). */
  readonly disablereuse?: boolean;
  /** Life of a resolved address; -1 = for ever, 0 = resolve each time and no reuse. Default -1. */
  readonly addressttlMs?: number;
  /** 100-continue test for requests with a body: no interim answer in this time means another worker. Default unset. */
  readonly pingMs?: number;
  /** Buffer size of relayed data, bytes: 0 or >= 512. Default 8192 in httpd; nodes take it as a hint. */
  readonly iobuffersize?: number;
  /** Socket receive buffer, bytes: 0 or >= 512. */
  readonly receivebuffersize?: number;
  /** Longest response header line, bytes. Default 8192. */
  readonly responsefieldsize?: number;
  /** Protocols a client may upgrade to: a comma list, `ANY`, or unset for none (ws:// and wss:// workers: `WebSocket`). */
  readonly upgrade?: string;
  /** Health check method. Default NONE. @source mod_proxy_hcheck */
  readonly hcmethod?: HealthCheckMethod;
  /** Time between checks. Default 30,000. */
  readonly hcintervalMs?: number;
  /** Passed checks that bring a worker back. Default 1. */
  readonly hcpasses?: number;
  /** Failed checks that take a worker out. Default 1. */
  readonly hcfails?: number;
  /** Appended to the worker's path in GET and HEAD checks. */
  readonly hcuri?: string;
};

/** Every parameter an election, a pool or an exchange needs, with httpd's defaults filled in. Times are milliseconds. */
export type EffectiveWorker = {
  readonly url: string;
  readonly scheme: 'http' | 'https' | 'ws' | 'wss' | string;
  readonly host: string;
  readonly port: number;
  /** Path part of the URL, possibly empty. */
  readonly path: string;
  /** loadfactor × 100, cut: httpd's lbfactor. */
  readonly lbfactor: number;
  readonly lbset: number;
  /** Initial status bits (`WorkerStatus`), INITIALIZED included. */
  readonly status: number;
  readonly route: string;
  readonly redirect: string;
  readonly retryMs: number;
  /** undefined: ProxyTimeout, else Timeout of the server it is used by. */
  readonly timeoutMs: number | undefined;
  readonly connectiontimeoutMs: number | undefined;
  readonly acquireMs: number | undefined;
  /** Infinity when there is no limit. */
  readonly max: number;
  readonly smax: number;
  /** undefined: no limit. */
  readonly ttlMs: number | undefined;
  readonly keepalive: boolean;
  readonly disablereuse: boolean;
  readonly addressttlMs: number;
  readonly pingMs: number | undefined;
  readonly receivebuffersize: number;
  readonly responsefieldsize: number;
  /** Empty: none. */
  readonly upgrade: string;
};

/** The methods of health checks; those ending in 11 speak HTTP/1.1, the others 1.0. */
export const HEALTH_CHECK_METHODS = ['NONE', 'TCP', 'OPTIONS', 'HEAD', 'GET', 'OPTIONS11', 'HEAD11', 'GET11'] as const;

export type HealthCheckMethod = (typeof HEALTH_CHECK_METHODS)[number];
