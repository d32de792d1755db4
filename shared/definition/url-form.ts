/** Default ports, which a normalised worker URL leaves out. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ws: 80, wss: 443 };

/** httpd's longest worker name (PROXY_WORKER_MAX_NAME_SIZE - 1). */
const MAX_URL = 383;

/**
 * Checks that a worker's URL is in the form identity rests on: a scheme nodes speak, lower-case host, no default port, no
 * user, query or fragment.
 *
 * @param form `pattern`: a plain worker of a regex rule, whose `$n` may stand anywhere after the scheme
 * @returns what is wrong with it, or undefined
 */
export function workerUrlProblem(url: string, form: { readonly pattern: boolean }): string | undefined {
  const parts = /^([^:/?#]+):\/\/([^/?#]*)([^?#]*)(.*)$/s.exec(url);
  if (parts === null) return `"${url}" is no URL; want http://host[:port][/path]`;
  const [, scheme = '', authority = '', path = '', rest = ''] = parts;
  const defaultPort = DEFAULT_PORTS[scheme];
  if (defaultPort === undefined) {
    const lower = scheme.toLowerCase();
    if (DEFAULT_PORTS[lower] !== undefined) return `"${url}": write the scheme in lower case, ${lower}`;
    return `"${url}": scheme ${scheme} is not supported; want ${Object.keys(DEFAULT_PORTS).join(', ')}`;
  }
  if (url.length > MAX_URL)
    return `"${url.slice(0, 60)}…" has ${url.length} characters; at most ${MAX_URL} are possible`;
  if (form.pattern && url.includes('$')) return /[\s\0]/.test(url) ? `"${url}" holds a blank` : undefined;
  if (rest !== '') return `"${url}" holds a query or fragment, which a worker cannot have`;
  if (/[\s\0-\x1f\x7f]/.test(path)) return `"${url}" holds a blank or control character`;
  if (authority.includes('@')) return `"${url}" names a user, which a worker cannot have`;
  return hostProblem(url, authority, scheme, defaultPort);
}

function hostProblem(url: string, authority: string, scheme: string, defaultPort: number): string | undefined {
  const parts = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(authority);
  const host = parts?.[1] ?? '';
  const port = parts?.[2];
  if (parts === null || host === '') return `"${url}" names no host`;
  if (host !== host.toLowerCase()) return `"${url}": write the host in lower case, ${host.toLowerCase()}`;
  const good = host.startsWith('[')
    ? isIpLiteral(host.slice(1, -1))
    : /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?$/.test(host);
  if (!good) return `"${url}": "${host}" is no host name or address`;
  if (port === undefined) return undefined;
  if (!/^[0-9]{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    return `"${url}": "${port}" is no port; want 1 to 65535`;
  }
  if (Number(port) === defaultPort) return `"${url}": leave out port ${port}, the default of ${scheme}`;
  return undefined;
}

/** An IPv4 or IPv6 address, without brackets or zone. */
export function isIpLiteral(text: string): boolean {
  if (text.includes(':')) return /^[0-9a-fA-F:.]+$/.test(text) && URL.canParse(`http://[${text}]/`);
  return /^(\d{1,3}\.){3}\d{1,3}$/.test(text) && text.split('.').every((part) => Number(part) <= 255);
}
