import { listenerId } from '../../definition/listener.ts';
import { isIpLiteral } from '../../definition/url-form.ts';
import type { VirtualHostAddress } from '../../definition/virtual-host.ts';
import { type Call, type DirectiveSpec, type Problem, problem } from './directive.ts';
import { serverDraft } from './draft.ts';

/** Where clients connect, and which names are answered for. @source mpm_common, core */
export const LISTENER_DIRECTIVES: readonly DirectiveSpec[] = [
  {
    name: 'Listen',
    contexts: ['server'],
    words: [1, 3],
    usage: '[address:]port [protocol]',
    apply: listen,
  },
  {
    name: 'VirtualHost',
    section: true,
    contexts: ['server'],
    words: [1, Number.POSITIVE_INFINITY],
    usage: 'address[:port] …',
    apply: virtualHost,
  },
  {
    name: 'ServerName',
    contexts: ['server', 'virtual-host'],
    words: [1, 1],
    usage: '[scheme://]name[:port]',
    apply: serverName,
  },
  {
    name: 'ServerAlias',
    contexts: ['virtual-host'],
    words: [1, Number.POSITIVE_INFINITY],
    usage: 'name …',
    apply: ({ words, scope }) => {
      for (const { value } of words) scope.server.serverAliases.push(value.toLowerCase());
      return undefined;
    },
  },
];

function listen(call: Call): Problem | undefined {
  call.scope.config.listens = true;
  const address = call.word(0);
  const parsed = addressAndPort(address.value);
  if ('error' in parsed) return problem(address, parsed.error);
  const { host = '*', port } = parsed;
  if (port === undefined || port === '*') return problem(address, 'a port is missing, as in Listen 127.0.0.1:8080');
  for (const word of call.words.slice(1)) {
    if (word.value.toLowerCase() === 'http') continue;
    return problem(word, listenExtraError(word.value));
  }
  const listener = { address: host, port, at: call.directive };
  const id = listenerId(listener);
  const earlier = call.scope.config.listeners.find((other) => listenerId(other) === id);
  if (earlier !== undefined) return problem(address, `${id} is listened on already, since line ${earlier.at.line}`);
  call.scope.config.listeners.push(listener);
  return undefined;
}

function listenExtraError(word: string): string {
  if (word.toLowerCase() === 'https') return 'TLS is not supported by this version; only http can be listened for';
  if (word.includes('=')) return `"${word}" is not supported`;
  return `protocol "${word}" is not supported; only http is`;
}

function virtualHost(call: Call): Problem | undefined {
  const { scope, directive } = call;
  const addresses: VirtualHostAddress[] = [];
  for (const word of call.words) {
    const parsed = addressAndPort(word.value);
    if ('error' in parsed) call.error(problem(word, parsed.error));
    else if (parsed.host === undefined)
      call.error(problem(word, `an address is missing: *:${word.value} means every address`));
    // Without a port it is the main server's, if ServerName has given one by now (config.c:ap_init_virtual_host).
    else addresses.push({ address: parsed.host, port: parsed.port ?? scope.server.serverName?.port ?? '*' });
  }
  const server = serverDraft(directive, addresses);
  scope.config.virtualHosts.push(server);
  scope.walk(directive.children ?? [], { ...scope, context: 'virtual-host', server });
  return undefined;
}

type Parsed = { readonly host: string | undefined; readonly port: number | '*' | undefined };

/** @source apr_parse_addr_port; no names, since looking them up is no business of a configuration */
function addressAndPort(text: string): Parsed | { readonly error: string } {
  if (/^\d+$/.test(text)) return withPort(undefined, text, text);
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(text) ?? [undefined, undefined, undefined];
  if (host === '') return { error: `"${text}" is no address; an IPv6 address stands in brackets, as in [::1]:8080` };
  const literal = host.replace(/^\[(.*)\]$/, '$1');
  const bracketed = literal !== host;
  if (host === '*' || host.toLowerCase() === '_default_') return withPort('*', port, text);
  if (!isIpLiteral(literal) || literal.includes(':') !== bracketed) {
    return { error: `"${host}" is no IP address; names are not looked up` };
  }
  return withPort(literal.toLowerCase(), port, text);
}

function withPort(
  host: string | undefined,
  port: string | undefined,
  text: string,
): Parsed | { readonly error: string } {
  if (port === undefined || port === '*') return { host, port };
  // Port 0 is ours: any free port.
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    return { error: `port "${port}" in "${text}" must be 1..65535` };
  return { host, port: Number(port) };
}

/** @source core.c:server_hostname_port */
function serverName(call: Call): Problem | undefined {
  const word = call.word(0);
  const text = word.value;
  const [, scheme, host = '', port] = /^(?:([^:/]*):\/\/)?([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  const lower = scheme?.toLowerCase();
  if (/[*?]/.test(text)) return problem(word, `"${text}" has wildcards; ServerAlias takes them`);
  if (lower !== undefined && lower !== 'http' && lower !== 'https') {
    return problem(word, `scheme "${scheme}" must be http or https`);
  }
  if (host === '' || /[^\u0021-\u007e]|[/[\]]/.test(host)) return problem(word, `"${text}" is no server name`);
  if (port !== undefined && (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)) {
    return problem(word, `port "${port}" must be 1..65535`);
  }
  call.scope.server.serverName = {
    ...(lower === undefined ? {} : { scheme: lower }),
    host: host.toLowerCase(),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
  return undefined;
}

/** An address as a section writes it: `*:8080`, `[::1]:80`. */
export function printAddress({ address, port }: VirtualHostAddress): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** A virtual host's id before numbers tell equal ones apart: first address and name. */
export function virtualHostId(addresses: readonly VirtualHostAddress[], name: string | undefined): string {
  const [first = { address: '*', port: '*' } as const] = addresses;
  return name === undefined ? printAddress(first) : `${printAddress(first)}/${name}`;
}
