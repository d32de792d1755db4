import { isIP } from 'node:net';
import { type Listener, listenerId } from '#shared/definition/listener.ts';

/** Has a configured listener bind elsewhere on this machine, so that several nodes of a fleet fit on one. */
export type ListenMapping = {
  /** As written: `8080=127.0.0.1:18080`. */
  readonly text: string;
  /** Which listeners: those with this port and, if an address is given, exactly this one. */
  readonly from: { readonly address?: string; readonly port: number };
  /** Where to; without an address it stays the configured one. Port 0: any. */
  readonly to: { readonly address?: string; readonly port: number };
};

/**
 * Reads `FROM=TO`, each `PORT` or `ADDRESS:PORT`; an IPv6 address stands in brackets, `*` is every address.
 *
 * @returns the mapping, or what is wrong with the text
 */
export function parseListenMapping(text: string): ListenMapping | { readonly error: string } {
  const [fromText = '', toText, ...more] = text.split('=');
  const from = toText === undefined || more.length > 0 ? undefined : parsePlace(fromText);
  const to = toText === undefined ? undefined : parsePlace(toText);
  if (from === undefined || to === undefined) {
    return { error: `"${text}": want FROM=TO, each PORT or ADDRESS:PORT, like 8080=127.0.0.1:18080` };
  }
  return { text, from, to };
}

/** The mapping that holds for a listener: one that names its address goes before one that names the port alone. */
export function mappingOf(map: readonly ListenMapping[], listener: Listener): ListenMapping | undefined {
  const matching = map.filter((mapping) => matches(mapping, listener));
  return matching.find(({ from }) => from.address !== undefined) ?? matching[0];
}

/** Mappings, as written, that no configured listener goes by: probably a mistake in one of the two. */
export function unmatchedMappings(map: readonly ListenMapping[], configured: readonly Listener[]): string[] {
  return map.filter((mapping) => !configured.some((listener) => matches(mapping, listener))).map(({ text }) => text);
}

function matches({ from }: ListenMapping, { address, port }: Listener): boolean {
  return from.port === port && (from.address === undefined || from.address === address);
}

function parsePlace(text: string): { readonly address?: string; readonly port: number } | undefined {
  const parts = /^(?:(?:\[(?<v6>[^\]]+)\]|(?<plain>[^:[\]]+)):)?(?<port>\d{1,5})$/.exec(text)?.groups;
  const port = Number(parts?.port ?? Number.NaN);
  if (parts === undefined || !(port <= 65_535)) return undefined;
  const address = parts.v6 ?? parts.plain;
  if (address === undefined) return { port };
  const known = parts.v6 === undefined ? address === '*' || isIP(address) === 4 : isIP(address) === 6;
  return known ? { address, port } : undefined;
}

/** For messages: `*:8080`, or `*:8080 (mapped by 8080=127.0.0.1:18080)`. */
export function describeMapped(listener: Listener, mapping: ListenMapping | undefined): string {
  return mapping === undefined ? listenerId(listener) : `${listenerId(listener)} (mapped by ${mapping.text})`;
}
