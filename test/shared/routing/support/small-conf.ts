import type { Balancer } from '#shared/definition/balancer.ts';
import type { Definition } from '#shared/definition/definition.ts';
import type { ReverseRule, Route, RouteMatch, RouteTarget } from '#shared/definition/route.ts';
import type { Location, VirtualHost, VirtualHostAddress } from '#shared/definition/virtual-host.ts';
import type { Worker } from '#shared/definition/worker.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Item[] : T[Key] };
type Server = Mutable<VirtualHost>;
type Section = Mutable<Location>;
type Members = { name: string; virtualHost?: string; members: Worker[] };

/**
 * Reads the few directives that routing tests use, so that these tests stand on routing alone: ServerName, ServerAlias,
 * VirtualHost, Location, LocationMatch, ProxyPass, ProxyPassMatch, ProxyPassReverse, ProxyPreserveHost, Proxy, BalancerMember.
 *
 * @throws Error for any other directive
 */
export function readSmallConf(lines: readonly string[]): Definition {
  const mainServer = newServer('main', []);
  const virtualHosts: Server[] = [];
  const balancers: Members[] = [];
  let server = mainServer;
  let section: Section | undefined;
  let balancer: Members | undefined;
  for (const line of lines) {
    const [directive = '', ...words] = wordsOf(line);
    const [first = '', second = ''] = words;
    switch (directive) {
      case '':
        break;
      case 'ServerName':
        server.serverName = { host: first };
        break;
      case 'ServerAlias':
        server.serverAliases.push(...words);
        break;
      case '<VirtualHost':
        server = newServer(`vh${virtualHosts.length}`, words.map(readAddress));
        virtualHosts.push(server);
        break;
      case '</VirtualHost':
        server = mainServer;
        break;
      case '<Location':
        section = newSection({ kind: 'prefix', path: first });
        server.locations.push(section);
        break;
      case '<LocationMatch':
        section = newSection({ kind: 'regex', pattern: first });
        server.locations.push(section);
        break;
      case '</Location':
      case '</LocationMatch':
        section = undefined;
        break;
      case '<Proxy':
        balancer = balancerOf(balancers, server, first);
        break;
      case '</Proxy':
        balancer = undefined;
        break;
      case 'BalancerMember':
        balancer?.members.push({ url: first, parameters: readParameters(words.slice(1)) });
        break;
      case 'ProxyPreserveHost':
        if (section !== undefined) section.settings = { proxyPreserveHost: first === 'On' };
        else server.settings = { ...server.settings, proxyPreserveHost: first === 'On' };
        break;
      case 'ProxyPass':
      case 'ProxyPassMatch':
        addRoute(server, section, directive, words, balancers);
        break;
      case 'ProxyPassReverse':
        addReverseRule(server, section, first, second);
        break;
      default:
        throw new Error(`the small reader does not know ${directive}`);
    }
  }
  return { listeners: [], mainServer, virtualHosts, balancers: balancers.map(asBalancer) };
}

function wordsOf(line: string): string[] {
  const words = line.trim().match(/"(?:[^"\\]|\\.)*"|[^\s>]+/g) ?? [];
  return words.map((word) => (word.startsWith('"') ? word.slice(1, -1).replace(/\\"/g, '"') : word));
}

function newServer(id: string, addresses: VirtualHostAddress[]): Server {
  return { id, addresses, serverAliases: [], settings: {}, locations: [], routes: [], reverseRules: [], workers: [] };
}

function newSection(match: Location['match']): Section {
  return { match, reverseRules: [], settings: {} };
}

function readAddress(text: string): VirtualHostAddress {
  const [, address = '', port = '*'] = /^(.*?)(?::(\d+|\*))?$/.exec(text) ?? [];
  return { address: address.replace(/^\[|\]$/g, ''), port: port === '*' ? '*' : Number(port) };
}

function balancerOf(balancers: Members[], server: Server, url: string): Members {
  const name = url.slice('balancer://'.length).split('/', 1)[0]?.toLowerCase() ?? '';
  const virtualHost = server.id === 'main' ? {} : { virtualHost: server.id };
  const known = balancers.find((b) => b.name === name && b.virtualHost === virtualHost.virtualHost);
  if (known !== undefined) return known;
  const made: Members = { name, ...virtualHost, members: [] };
  balancers.push(made);
  return made;
}

function asBalancer({ name, virtualHost, members }: Members): Balancer {
  return { name, ...(virtualHost === undefined ? {} : { virtualHost }), parameters: {}, members };
}

function addRoute(
  server: Server,
  section: Section | undefined,
  directive: string,
  words: string[],
  all: Members[],
): void {
  const regex = directive === 'ProxyPassMatch' || words[0] === '~';
  const [first = '', ...rest] = words[0] === '~' ? words.slice(1) : words;
  const match: RouteMatch =
    section === undefined
      ? regex
        ? { kind: 'regex', pattern: first }
        : { kind: 'prefix', path: first }
      : section.match;
  const [text = '', ...keywords] = section === undefined ? rest : [first, ...rest];
  const target = readTarget(text);
  const nocanon = keywords.includes('nocanon') ? { nocanon: true } : {};
  const route: Route = { match, target, ...nocanon };
  if (target.kind === 'url') addWorker(server, target.url, readParameters(keywords));
  if (target.kind === 'balancer' && !target.name.includes('$')) balancerOf(all, server, text);
  if (section === undefined) server.routes.push(route);
  else section.route = route;
}

function readTarget(text: string): RouteTarget {
  if (text === '!') return { kind: 'local' };
  const balancer = /^balancer:\/\/([^/]*)(.*)$/is.exec(text);
  if (balancer === null) return { kind: 'url', url: text };
  return { kind: 'balancer', name: balancer[1]?.toLowerCase() ?? '', path: balancer[2] ?? '' };
}

/** A worker whose name begins the target is shared, and the later line's parameters are ignored. */
function addWorker(server: Server, url: string, parameters: Worker['parameters']): void {
  const origin = /^[a-z]+:\/\/[^/]*/.exec(url)?.[0] ?? url;
  const shared = server.workers.some((worker) => url.startsWith(worker.url) && worker.url.length >= origin.length);
  if (!shared) server.workers.push({ url, parameters });
}

function readParameters(words: readonly string[]): Worker['parameters'] {
  const values = new Map(words.map((word) => word.split('=', 2) as [string, string]));
  const timeout = values.get('timeout');
  const disablereuse = values.get('disablereuse');
  return {
    ...(timeout === undefined ? {} : { timeoutMs: Number(timeout) * 1000 }),
    ...(disablereuse === undefined ? {} : { disablereuse: disablereuse === 'On' }),
  };
}

function addReverseRule(server: Server, section: Section | undefined, first: string, second: string): void {
  if (section === undefined) {
    server.reverseRules.push({ path: first, target: second });
    return;
  }
  const path = section.match.kind === 'prefix' ? section.match.path : section.match.pattern;
  const rule: ReverseRule = { path, target: first };
  section.reverseRules.push(rule);
}
