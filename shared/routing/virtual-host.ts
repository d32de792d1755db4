import type { EffectiveSettings } from '../definition/defaults.ts';
import type { VirtualHost } from '../definition/virtual-host.ts';
import { eachInSteps, type Steps } from '../slices.ts';
import type { CompiledRoute } from './compiled-route.ts';
import { isIpv6 } from './host.ts';
import type { LocationWalk } from './location.ts';
import type { EncodedSlashes } from './path-encoding.ts';
import type { WorkerIndex } from './plain-worker.ts';
import type { RouteTable } from './route-table.ts';

export { normaliseHost } from './host.ts';

/** A server with everything a request to it needs, compiled. */
export type ServerContext = {
  readonly virtualHost: VirtualHost;
  /** Settings outside of any Location. */
  readonly settings: EffectiveSettings;
  /**
   * Name for X-Forwarded-Server and Via: ServerName, which a virtual host on `*` inherits from the main server. Empty if there
   * is none: the caller puts in the machine's own name.
   */
  readonly serverName: string;
  /** Rules in the order they are tried: the main server's, then the virtual host's own. */
  readonly routes: readonly (readonly CompiledRoute[])[];
  readonly walk: LocationWalk;
  /** Ids of the balancers a rule can name, by name: own ones before the main server's. */
  readonly balancers: BalancerNames;
  /** Plain workers of the main server, and the virtual host's own. */
  readonly mainWorkers: WorkerIndex;
  readonly ownWorkers: WorkerIndex | undefined;
  readonly encodedSlashes: EncodedSlashes;
};

export type BalancerNames = {
  readonly own: ReadonlyMap<string, string>;
  readonly main: ReadonlyMap<string, string>;
};

/** The servers of one address and port, chosen among by name; each by its place among the virtual hosts. */
export type AddressSet = {
  /** The first of them answers for every other name. */
  readonly fallback: number;
  readonly byName: Map<string, number>;
  /** Aliases with `*` and `?`, in configured order. */
  readonly patterns: NamedPattern[];
};

type NamedPattern = { readonly order: number; readonly pattern: string };

/** Address sets by address and then port; 0 stands for any port, `*` for any address. */
export type AddressIndex = ReadonlyMap<string, ReadonlyMap<number, AddressSet>>;

const ANY_PORT = 0;

/**
 * The server that answers: first by the address and port the connection came in on (exact address before `*`, exact port before
 * any), then among the servers of that one address set by name in configured order, else the first of the set. The port in
 * Host takes no part.
 *
 * @param localAddress as the socket gives it; IPv4 mapped into IPv6 is taken for IPv4
 * @param host Host without port, lower-cased; '' if there was none
 * @source vhost.c:ap_update_vhost_given_ip, update_server_from_aliases
 */
export function selectServer(table: RouteTable, localAddress: string, localPort: number, host: string): ServerContext {
  const { addresses } = table;
  if (addresses.size === 0) return table.main;
  const set = ofPort(addresses.get(plainAddress(localAddress)), localPort) ?? ofPort(addresses.get('*'), localPort);
  if (set === undefined) return table.main;
  const order = host === '' ? set.fallback : byName(set, host);
  return table.virtualHosts[order] ?? table.main;
}

function ofPort(ports: ReadonlyMap<number, AddressSet> | undefined, port: number): AddressSet | undefined {
  return ports === undefined ? undefined : (ports.get(port) ?? ports.get(ANY_PORT));
}

function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

function byName(set: AddressSet, host: string): number {
  const exact = set.byName.get(host);
  for (const candidate of set.patterns) {
    if (exact !== undefined && candidate.order >= exact) break;
    if (matchesName(host, candidate.pattern)) return candidate.order;
  }
  return exact ?? set.fallback;
}

/** What the address index is made from; it holds for as long as this does. */
export type NamedServer = {
  readonly addresses: VirtualHost['addresses'];
  /** As `ServerContext` has it. */
  readonly serverName: string;
  readonly serverAliases: VirtualHost['serverAliases'];
};

/** Builds the index of all virtual hosts, given in configured order. */
export function* indexAddresses(servers: readonly NamedServer[]): Steps<AddressIndex> {
  const index = new Map<string, Map<number, AddressSet>>();
  yield* eachInSteps(servers, (server, order) => {
    for (const { address, port } of server.addresses) {
      const key = canonicalAddress(address);
      const ports = index.get(key) ?? new Map<number, AddressSet>();
      index.set(key, ports);
      const portKey = port === '*' ? ANY_PORT : port;
      const set = ports.get(portKey) ?? { fallback: order, byName: new Map(), patterns: [] };
      ports.set(portKey, set);
      addNames(set, server, order);
    }
  });
  return index;
}

function addNames(set: AddressSet, { serverName, serverAliases }: NamedServer, order: number): void {
  for (const name of [serverName.toLowerCase(), ...serverAliases]) {
    if (/[*?]/.test(name)) {
      // The same address may stand twice in one section.
      const last = set.patterns.at(-1);
      if (last?.pattern !== name || last.order !== order) set.patterns.push({ order, pattern: name });
    } else if (name !== '' && !set.byName.has(name)) {
      set.byName.set(name, order);
    }
  }
}

/** The unspecified address means every address; IPv6 in the one form that sockets give too. */
function canonicalAddress(address: string): string {
  if (address === '0.0.0.0' || address === '::') return '*';
  if (!address.includes(':') || !isIpv6(address)) return address;
  const mapped = /^(?:0*:)*(?:ffff|FFFF):(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

const STAR = 0x2a;
const QUESTION = 0x3f;

/** Whether a name fits a pattern in which `*` stands for any text and `?` for one character. @source ap_strcasecmp_match */
export function matchesName(name: string, pattern: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length) {
    const wanted = pattern.charCodeAt(from);
    if (wanted === STAR) {
      star = from++;
      resume = at;
    } else if (wanted === QUESTION || wanted === name.charCodeAt(at)) {
      from++;
      at++;
    } else if (star >= 0) {
      from = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (pattern.charCodeAt(from) === STAR) from++;
  return from === pattern.length;
}
