import type { BalancerParameters } from '../../definition/balancer.ts';
import type { Listener } from '../../definition/listener.ts';
import type { ReverseRule, Route } from '../../definition/route.ts';
import type {
  DirectorySettings,
  Location,
  ServerName,
  ServerSettings,
  VirtualHostAddress,
} from '../../definition/virtual-host.ts';
import type { WorkerParameters } from '../../definition/worker.ts';
import type { Diagnostics, Position } from '../diagnostic.ts';
import { PlainWorkers } from '../plain-workers.ts';
import { WorkerNames } from '../worker-names.ts';

/** A configuration while its directives are applied, in their order. */
export type ConfigDraft = {
  readonly diagnostics: Diagnostics;
  readonly listeners: (Listener & { readonly at: Position })[];
  /** Whether there was a Listen at all, right or wrong. */
  listens: boolean;
  readonly main: ServerDraft;
  readonly virtualHosts: ServerDraft[];
};

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** The main server or a virtual host. */
export type ServerDraft = {
  /** Set for a virtual host: what it is called in messages. */
  readonly at: Position;
  addresses: readonly VirtualHostAddress[];
  serverName: ServerName | undefined;
  readonly serverAliases: string[];
  readonly settings: Mutable<ServerSettings>;
  readonly locations: LocationDraft[];
  readonly routes: Route[];
  readonly reverseRules: ReverseRule[];
  readonly workers: PlainWorkers;
  /** By name, in order of creation. */
  readonly balancers: Map<string, BalancerDraft>;
  /** Balancers that targets name. */
  readonly references: { readonly name: string; readonly label: string; readonly at: Position }[];
};

export type LocationDraft = {
  readonly match: Location['match'];
  route: Route | undefined;
  readonly reverseRules: ReverseRule[];
  readonly settings: Mutable<DirectorySettings>;
};

export type BalancerDraft = {
  readonly name: string;
  readonly at: Position;
  parameters: BalancerParameters;
  readonly members: MemberDraft[];
  readonly names: WorkerNames<MemberDraft>;
};

export type MemberDraft = { readonly url: string; parameters: WorkerParameters; readonly at: Position };

export function serverDraft(at: Position, addresses: readonly VirtualHostAddress[] = []): ServerDraft {
  return {
    at,
    addresses,
    serverName: undefined,
    serverAliases: [],
    settings: {},
    locations: [],
    routes: [],
    reverseRules: [],
    workers: new PlainWorkers(),
    balancers: new Map(),
    references: [],
  };
}

/** The server's own balancer of a name, made when it isn't there. */
export function balancerOf(server: ServerDraft, name: string, at: Position): BalancerDraft {
  const existing = server.balancers.get(name);
  if (existing !== undefined) return existing;
  const made: BalancerDraft = { name, at, parameters: {}, members: [], names: new WorkerNames() };
  server.balancers.set(name, made);
  return made;
}
