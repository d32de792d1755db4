import type { Definition } from '../definition/definition.ts';
import { runToEnd } from '../slices.ts';
import type { EncodedSlashes } from './path-encoding.ts';
import { RouteCompiler } from './route-compiler.ts';
import type { AddressIndex, ServerContext } from './virtual-host.ts';

/** A definition compiled for deciding about requests. Built once per configuration; apart from remembered Location states it never changes. */
export type RouteTable = {
  /** The main server: answers where no virtual host has the address. */
  readonly main: ServerContext;
  /** In configured order. */
  readonly virtualHosts: readonly ServerContext[];
  readonly addresses: AddressIndex;
};

/** As far as routing goes by it. */
export type RoutedDefinition = Omit<Definition, 'listeners'> & Partial<Pick<Definition, 'listeners'>>;

export type RouteTableOptions = {
  /** Default `off`. @source AllowEncodedSlashes */
  readonly encodedSlashes?: EncodedSlashes;
};

/**
 * Compiles a validated definition in one go. Rules of the main server are compiled once and shared by all virtual hosts, whose own
 * rules come after them.
 *
 * @throws Error for a pattern that `checkPattern` refuses, which validation lets nobody define
 */
export function buildRouteTable(definition: RoutedDefinition, options: RouteTableOptions = {}): RouteTable {
  return runToEnd(new RouteCompiler(options).compile(definition));
}
