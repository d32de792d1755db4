import type { ReverseRule } from '../definition/route.ts';
import { MAIN_SERVER, type VirtualHost } from '../definition/virtual-host.ts';
import { keepEqual, mapInSteps, type Steps } from '../slices.ts';
import { type BalancerDirectory, directoryOf } from './balancer-directory.ts';
import type { CompiledRoute } from './compiled-route.ts';
import { type CompiledLocation, createWalk } from './location.ts';
import type { EncodedSlashes } from './path-encoding.ts';
import type { WorkerIndex } from './plain-worker.ts';
import { balancerOfReverseRule, type CompiledReverseRule } from './proxy-pass-reverse.ts';
import type { RoutedDefinition, RouteTable, RouteTableOptions } from './route-table.ts';
import { type Members, ServerMemo } from './server-memo.ts';
import { type AddressIndex, indexAddresses, type NamedServer, type ServerContext } from './virtual-host.ts';

/** What the main server contributes to every server; the same object for as long as all of it is the same. */
type Shared = {
  readonly mainServer: VirtualHost;
  readonly workers: WorkerIndex;
  readonly routes: readonly CompiledRoute[];
  readonly locations: readonly CompiledLocation[];
  readonly reverse: readonly CompiledReverseRule[];
  readonly balancers: ReadonlyMap<string, string>;
};

/** A server as it was compiled last, and from what. */
type Kept = { readonly virtualHost: VirtualHost; readonly context: ServerContext };

/** The last table this compiler finished, and what it was made from. */
type Last = {
  readonly directory: BalancerDirectory;
  readonly shared: Shared;
  readonly servers: ReadonlyMap<string, Kept>;
  readonly named: readonly NamedServer[];
  readonly addresses: AddressIndex;
};

/**
 * Compiles one definition after the other. Whatever the next has in common with the last, object for object, is taken over, so a
 * change costs what it changes and a look at the rest. A table is always what a compiler that knows nothing would make of the
 * same definition. Definitions must not be changed in place.
 */
export class RouteCompiler {
  readonly #encodedSlashes: EncodedSlashes;
  #memos = new Map<string, ServerMemo>();
  #last: Last | undefined;

  constructor(options: RouteTableOptions = {}) {
    this.#encodedSlashes = options.encodedSlashes ?? 'off';
  }

  /**
   * Compiles a validated definition, pausing as it goes. Dropped half-way it leaves nothing behind.
   *
   * @throws Error for a pattern that `checkPattern` refuses, which validation lets nobody define
   */
  *compile(definition: RoutedDefinition): Steps<RouteTable> {
    const last = this.#last;
    const { mainServer, virtualHosts } = definition;
    const directory = yield* directoryOf(definition.balancers, last?.directory);
    const sameMain = mainServer === last?.shared.mainServer && directory === last.directory;
    const shared = sameMain ? last.shared : yield* this.#compileShared(mainServer, directory, last?.shared);
    const unchanged = shared === last?.shared && directory === last.directory;
    const servers = new Map<string, Kept>();
    const keep = function* (this: RouteCompiler, virtualHost: VirtualHost): Steps<ServerContext> {
      const known = last?.servers.get(virtualHost.id);
      const same = unchanged && known?.virtualHost === virtualHost;
      const context = same ? known.context : yield* this.#compileServer(virtualHost, shared, directory);
      servers.set(virtualHost.id, { virtualHost, context });
      return context;
    }.bind(this);

    const main = yield* keep(mainServer);
    const contexts: ServerContext[] = [];
    for (const virtualHost of virtualHosts) {
      yield;
      contexts.push(yield* keep(virtualHost));
    }
    const named = keepEqual(last?.named, yield* this.#named(contexts, last));
    const addresses = named === last?.named ? last.addresses : yield* indexAddresses(named);
    for (const id of this.#memos.keys()) if (!servers.has(id)) this.#memos.delete(id);
    this.#last = { directory, shared, servers, named, addresses };
    return { main, virtualHosts: contexts, addresses };
  }

  #memo(id: string): ServerMemo {
    const known = this.#memos.get(id);
    if (known !== undefined) return known;
    const memo = new ServerMemo();
    this.#memos.set(id, memo);
    return memo;
  }

  *#compileShared(mainServer: VirtualHost, directory: BalancerDirectory, last: Shared | undefined): Steps<Shared> {
    const memo = this.#memo(MAIN_SERVER);
    const members = membersFor(MAIN_SERVER, directory);
    const workers = yield* memo.workers(mainServer);
    const context = { workers, encodedSlashes: this.#encodedSlashes };
    const shared: Shared = {
      mainServer,
      workers,
      routes: yield* memo.routes(mainServer.routes, context),
      locations: yield* memo.locations(mainServer.locations, context, members),
      reverse: yield* memo.reverse(mainServer.reverseRules, members),
      balancers: directory.get(MAIN_SERVER)?.ids ?? NO_BALANCERS,
    };
    const same = last !== undefined && SHARED_PARTS.every((part) => last[part] === shared[part]);
    return same ? last : shared;
  }

  *#compileServer(virtualHost: VirtualHost, shared: Shared, directory: BalancerDirectory): Steps<ServerContext> {
    const { mainServer } = shared;
    const isMain = virtualHost === mainServer;
    const own = isMain ? undefined : yield* this.#compileOwn(virtualHost, shared, directory);
    const sections = own === undefined ? [shared.locations] : [own.mainLocations, own.locations];
    const walk = createWalk(mainServer, virtualHost, sections, own?.reverse ?? shared.reverse);
    return {
      virtualHost,
      settings: walk.outside.settings,
      serverName: serverNameOf(virtualHost, mainServer),
      routes: [shared.routes, own?.routes ?? []].filter(({ length }) => length > 0),
      walk,
      balancers: { own: own?.balancers ?? NO_BALANCERS, main: shared.balancers },
      mainWorkers: shared.workers,
      ownWorkers: own?.workers,
      encodedSlashes: this.#encodedSlashes,
    };
  }

  /** What a virtual host adds to the main server's, and what of the main server's means something else inside it. */
  *#compileOwn(virtualHost: VirtualHost, shared: Shared, directory: BalancerDirectory) {
    const { mainServer } = shared;
    const memo = this.#memo(virtualHost.id);
    const group = directory.get(virtualHost.id);
    const members = membersFor(virtualHost.id, directory);
    const redefined = (rules: readonly ReverseRule[]) =>
      rules.map(balancerOfReverseRule).some((name) => name !== undefined && group?.entries.has(name));
    const workers = yield* memo.workers(virtualHost);
    const context = { workers, encodedSlashes: this.#encodedSlashes };
    // Reverse rules of the main server follow the virtual host's balancer where it has one of the same name.
    const mainReverse =
      group === undefined
        ? shared.reverse
        : yield* mapInSteps(shared.reverse, (compiled, place) => {
            const rule = mainServer.reverseRules[place];
            return rule !== undefined && redefined([rule]) ? memo.reverseRule(rule, members) : compiled;
          });
    const ownReverse = yield* memo.reverse(virtualHost.reverseRules, members);
    return {
      // A server without plain workers of its own needs no second look-up.
      workers: virtualHost.workers.length === 0 ? undefined : workers,
      routes: yield* memo.routes(virtualHost.routes, context),
      mainLocations:
        group === undefined
          ? shared.locations
          : yield* memo.mainLocations(mainServer.locations, shared.locations, members, redefined),
      locations: yield* memo.locations(virtualHost.locations, context, members),
      reverse: joined(mainReverse, ownReverse),
      balancers: group?.ids ?? NO_BALANCERS,
    };
  }

  *#named(contexts: readonly ServerContext[], last: Last | undefined): Steps<readonly NamedServer[]> {
    return yield* mapInSteps(contexts, ({ virtualHost, serverName }, order): NamedServer => {
      const { addresses, serverAliases } = virtualHost;
      const known = last?.named[order];
      const same =
        known?.addresses === addresses && known.serverAliases === serverAliases && known.serverName === serverName;
      return same ? known : { addresses, serverName, serverAliases };
    });
  }
}

const SHARED_PARTS = ['mainServer', 'workers', 'routes', 'locations', 'reverse', 'balancers'] as const;

const NO_BALANCERS: ReadonlyMap<string, string> = new Map();

function membersFor(server: string, directory: BalancerDirectory): Members {
  const own = directory.get(server);
  const main = directory.get(MAIN_SERVER);
  return (name) => (own?.entries.get(name) ?? main?.entries.get(name))?.members;
}

function serverNameOf(virtualHost: VirtualHost, mainServer: VirtualHost): string {
  const anyAddress = virtualHost.addresses.some(({ address }) => address === '*');
  const inherited = virtualHost === mainServer || anyAddress ? mainServer.serverName : undefined;
  return (virtualHost.serverName ?? inherited)?.host ?? '';
}

function joined<T>(first: readonly T[], second: readonly T[]): readonly T[] {
  if (second.length === 0) return first;
  return first.length === 0 ? second : [...first, ...second];
}
