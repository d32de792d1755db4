import { isIpLiteral } from './url-form.ts';

/** The parts of a worker's URL that connecting needs. */
export type WorkerUrl = {
  readonly scheme: WorkerScheme;
  /** Lower-cased name or IP literal, IPv6 without brackets. Of a regex rule's worker it may contain `$n`. */
  readonly host: string;
  /** 1..65535; 0 where a regex rule's worker has `$n` in the port, so that only the request can tell. */
  readonly port: number;
  /** Everything after the authority as written, possibly empty. */
  readonly path: string;
};

export type WorkerScheme = 'http' | 'https' | 'ws' | 'wss';

/** @source proxy_util.c:ap_proxy_port_of_scheme */
export const DEFAULT_PORTS: Readonly<Record<WorkerScheme, number>> = { http: 80, https: 443, ws: 80, wss: 443 };

/** The longest worker name httpd can hold (PROXY_WORKER_MAX_NAME_SIZE less its end mark). */
export const MAX_WORKER_URL = 383;

export type NormalisedUrl =
  | { readonly ok: true; readonly url: string }
  | { readonly ok: false; readonly error: string };

/**
 * A worker's name from the URL as written: scheme and host lower-cased, the scheme's default port dropped, the rest kept. Two
 * URLs of one name are one worker.
 *
 * @param options.pattern allows `$0`..`$9` in host and port, for the target of a regex rule
 * @returns the name, or why this can't be a worker
 * @source proxy_util.c:ap_proxy_define_worker_ex
 */
export function normaliseWorkerUrl(text: string, options: { readonly pattern?: boolean } = {}): NormalisedUrl {
  const parts = split(text);
  if (parts === undefined) return refused(`"${text}" is not an absolute URL such as http://10.0.0.1:8080/app`);
  const scheme = parts.scheme.toLowerCase();
  if (!isWorkerScheme(scheme)) return refused(schemeError(scheme));
  const host = parts.host.toLowerCase();
  const hostError = checkHost(host, text, options.pattern === true);
  if (hostError !== undefined) return refused(hostError);
  const port = portOf(parts.port, scheme, options.pattern === true);
  if (port === undefined) return refused(`port "${parts.port}" in "${text}" must be 1..65535`);
  const pathError = checkPath(parts.path, text, options.pattern === true);
  if (pathError !== undefined) return refused(pathError);
  const url = `${scheme}://${host}${/^\d/.test(port) ? ':' : ''}${port}${parts.path}`;
  if (Buffer.byteLength(url) > MAX_WORKER_URL) {
    return refused(`the URL has ${Buffer.byteLength(url)} bytes; a worker's name may have ${MAX_WORKER_URL}`);
  }
  return { ok: true, url };
}

/** Why this version cannot speak to a worker whose URL is otherwise right; undefined when it can. */
export function whyNotServed(url: string): string | undefined {
  const scheme = /^(https|wss):/i.exec(url)?.[1]?.toLowerCase();
  return scheme === undefined ? undefined : `TLS to backends (${scheme}://) is not supported by this version`;
}

/** The parts of a worker's URL, normalised or not; undefined when it is none (`normaliseWorkerUrl` says why). */
export function parseWorkerUrl(url: string): WorkerUrl | undefined {
  const normalised = normaliseWorkerUrl(url, { pattern: true });
  const parts = normalised.ok ? split(normalised.url) : undefined;
  if (parts === undefined || !isWorkerScheme(parts.scheme)) return undefined;
  const [, digits = '', references = ''] = /^(\d*)(.*)$/.exec(parts.port) ?? [];
  const isDefault = parts.port === '';
  return {
    scheme: parts.scheme,
    host: parts.host.replace(/^\[(.*)\]$/, '$1'),
    port: isDefault ? DEFAULT_PORTS[parts.scheme] : Number(digits),
    // What follows the digits begins the path; without digits it is the port that nobody knows yet.
    path: digits === '' ? parts.path : `${references}${parts.path}`,
  };
}

type UrlParts = { readonly scheme: string; readonly host: string; readonly port: string; readonly path: string };

function split(text: string): UrlParts | undefined {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/is.exec(text);
  if (match === null) return undefined;
  const [, scheme = '', authority = '', path = ''] = match;
  const [, host = authority, port = ''] = /^(\[[^\]]*\]|[^:@[]*):([^@]*)$/.exec(authority) ?? [];
  return { scheme, host, port, path };
}

function isWorkerScheme(scheme: string): scheme is WorkerScheme {
  return Object.hasOwn(DEFAULT_PORTS, scheme);
}

/** Schemes of httpd's other proxy modules, so that the message can say what they are. */
const OTHER_SCHEMES: Readonly<Record<string, string>> = {
  ajp: 'AJP',
  fcgi: 'FastCGI',
  scgi: 'SCGI',
  uwsgi: 'uwsgi',
  ftp: 'FTP',
  fd: 'passing of file descriptors',
  h2: 'HTTP/2 to backends',
  h2c: 'HTTP/2 to backends',
};

function schemeError(scheme: string): string {
  const what = OTHER_SCHEMES[scheme];
  const supported = 'workers speak http or ws';
  return what === undefined
    ? `unknown scheme "${scheme}"; ${supported}`
    : `${what} (${scheme}://) is not supported; ${supported}`;
}

function checkHost(host: string, text: string, pattern: boolean): string | undefined {
  if (host === '') return `"${text}" names no host`;
  if (host.includes('@')) return `"${text}" carries credentials, which are never sent to a backend; leave them out`;
  if (host.startsWith('[')) {
    const literal = (pattern ? host.replace(/(\$\d)+$/, '') : host).slice(1, -1);
    return literal.includes(':') && isIpLiteral(literal) ? undefined : `${host} is not an IPv6 address in brackets`;
  }
  const literal = pattern ? host.replace(/\$\d/g, 'x') : host;
  if (/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?$/.test(literal)) return undefined;
  if (/[^\u0000-\u007f]/.test(literal)) return `host "${host}" must be in its ASCII form (xn--…)`;
  return `host "${host}" has a character that no host name has`;
}

function checkPath(path: string, text: string, pattern: boolean): string | undefined {
  if (/[\u0000-\u001f\u007f]/.test(path)) return `"${text}" contains a control character`;
  if (path.includes(' ')) return `"${text}" contains a space; write %20`;
  if (pattern && path.includes('$')) return undefined;
  // httpd takes them as part of the path and sends %3F and %23, which nobody means.
  return /[?#]/.test(path) ? `"${text}" has a query or fragment, which a worker's URL can't have` : undefined;
}

/**
 * The port as the name shows it: '' for the default or none given, with what `$n` follow it; undefined when it is no port. In
 * `http://host:80$1` the reference belongs to the path, as in httpd.
 */
function portOf(port: string, scheme: WorkerScheme, pattern: boolean): string | undefined {
  const [, digits = port, references = ''] = (pattern && /^(\d*)((?:\$\d)+)$/.exec(port)) || [];
  if (digits === '') return references === '' ? '' : `:${references}`;
  const number = Number(digits);
  if (!/^\d{1,5}$/.test(digits) || number < 1 || number > 65_535) return undefined;
  return number === DEFAULT_PORTS[scheme] ? references : `${number}${references}`;
}

function refused(error: string): NormalisedUrl {
  return { ok: false, error };
}
