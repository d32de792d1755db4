import { sameJson } from '../event/canonical-json.ts';
import { type Balancer, balancerId } from './balancer.ts';
import type { Definition } from './definition.ts';
import { formatSetting, formatSettings } from './format-setting.ts';
import { listenerId } from './listener.ts';
import type { Override } from './override.ts';
import type { ReverseRule, Route, RouteMatch } from './route.ts';
import type { Location, VirtualHost } from './virtual-host.ts';
import type { Worker } from './worker.ts';

/** One difference an operator would name. */
export type DefinitionChange = {
  readonly kind: 'added' | 'removed' | 'changed' | 'reordered';
  readonly object:
    | 'listener'
    | 'virtual-host'
    | 'balancer'
    | 'worker'
    | 'route'
    | 'reverse-rule'
    | 'location'
    | 'override';
  /** The object, within its owner: `balancer app worker http://10.0.0.1:8080`. */
  readonly id: string;
  /** Of a change: the parameter, as httpd spells it, and its values; a value left to its default is absent. */
  readonly parameter?: string;
  readonly before?: string;
  readonly after?: string;
};

/** The differences between two definitions, in the order an operator reads a configuration. */
export function describeChanges(before: Definition, after: Definition): readonly DefinitionChange[] {
  return [
    ...compareById(before.listeners, after.listeners, {
      object: 'listener',
      idOf: listenerId,
      name: (id) => `listener ${id}`,
      detail: () => '',
      inside: () => [],
    }),
    ...virtualHostChanges(before.mainServer, after.mainServer),
    ...compareById(before.virtualHosts, after.virtualHosts, {
      object: 'virtual-host',
      idOf: ({ id }) => id,
      name: (id) => `virtual host ${id}`,
      detail: (virtualHost) => `${virtualHost.routes.length} routes, ${virtualHost.locations.length} locations`,
      inside: virtualHostChanges,
    }),
    ...compareById(before.balancers, after.balancers, {
      object: 'balancer',
      idOf: (balancer: Balancer) => balancerId(balancer),
      name: (id) => `balancer ${id}`,
      detail: (balancer) => `${balancer.members.length} members`,
      inside: balancerChanges,
    }),
  ];
}

/** The differences between two sets of overrides. */
export function describeOverrideChanges(
  before: ReadonlyMap<string, Override>,
  after: ReadonlyMap<string, Override>,
): readonly DefinitionChange[] {
  const nameOf = ({ balancer, worker }: Override) => `override of balancer ${balancer} worker ${worker}`;
  // Their order means nothing: an override that was cleared and set again is no other configuration.
  const sorted = (overrides: typeof before) =>
    [...overrides.values()].toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return compareById(sorted(before), sorted(after), {
    object: 'override',
    idOf: nameOf,
    name: (id) => id,
    detail: ({ parameters }) => formatSettings(parameters),
    inside: (old, now) => settingChanges('override', nameOf(now), old.parameters, now.parameters),
  });
}

/** The change as one line: `balancer app worker http://10.0.0.1:8080: loadfactor 1 -> 3`. */
export function changeText(change: DefinitionChange): string {
  const { kind, id, parameter, before, after } = change;
  switch (kind) {
    case 'added':
      return `${id}: added${after ? ` (${after})` : ''}`;
    case 'removed':
      return `${id}: removed`;
    case 'reordered':
      return `${id}: order changed`;
    case 'changed':
      return `${id}: ${parameter ?? 'value'} ${before ?? '(default)'} -> ${after ?? '(default)'}`;
  }
}

type Comparison<T> = {
  readonly object: DefinitionChange['object'];
  idOf(one: T): string;
  name(id: string): string;
  /** What to say of an object that is new. */
  detail(one: T): string;
  inside(before: T, after: T): readonly DefinitionChange[];
};

function compareById<T>(before: readonly T[], after: readonly T[], comparison: Comparison<T>): DefinitionChange[] {
  const { object, idOf, name, detail, inside } = comparison;
  const old = numbered(before, idOf);
  const now = numbered(after, idOf);
  const removed = [...old.keys()].filter((id) => !now.has(id));
  const changes: DefinitionChange[] = removed.map((id) => ({ kind: 'removed', object, id: name(id) }));
  for (const [id, one] of now) {
    const known = old.get(id);
    if (known === undefined) {
      const after = detail(one);
      changes.push({ kind: 'added', object, id: name(id), ...(after === '' ? {} : { after }) });
    } else if (!sameJson(known, one)) changes.push(...inside(known, one));
  }
  const common = (ids: Iterable<string>, other: Map<string, T>) => [...ids].filter((id) => other.has(id));
  if (!sameJson(common(old.keys(), now), common(now.keys(), old))) {
    const owner = name('').trim();
    changes.push({ kind: 'reordered', object, id: owner.endsWith('s') ? owner : `${owner}s` });
  }
  return changes;
}

/** By id; rules and locations may be there twice, so the second of an id is `id (2)`. */
function numbered<T>(objects: readonly T[], idOf: (object: T) => string): Map<string, T> {
  const seen = new Map<string, number>();
  return new Map(
    objects.map((object) => {
      const id = idOf(object);
      const count = (seen.get(id) ?? 0) + 1;
      seen.set(id, count);
      return [count === 1 ? id : `${id} (${count})`, object];
    }),
  );
}

function balancerChanges(before: Balancer, after: Balancer): readonly DefinitionChange[] {
  const owner = `balancer ${balancerId(after)}`;
  return [
    ...settingChanges('balancer', owner, before.parameters, after.parameters),
    ...workerChanges(owner, before.members, after.members),
  ];
}

function workerChanges(
  owner: string,
  before: readonly Worker[],
  after: readonly Worker[],
): readonly DefinitionChange[] {
  return compareById(before, after, {
    object: 'worker',
    idOf: ({ url }) => url,
    name: (url) => `${owner} worker ${url}`,
    detail: ({ parameters }) => formatSettings(parameters),
    inside: (old, now) => settingChanges('worker', `${owner} worker ${now.url}`, old.parameters, now.parameters),
  });
}

function virtualHostChanges(before: VirtualHost, after: VirtualHost): readonly DefinitionChange[] {
  if (sameJson(before, after)) return [];
  const owner = after.id === 'main' ? 'main server' : `virtual host ${after.id}`;
  const identity = ({ addresses, serverName, serverAliases }: VirtualHost) => ({
    addresses,
    serverName,
    serverAliases,
  });
  return [
    ...settingChanges('virtual-host', owner, identity(before), identity(after)),
    ...settingChanges('virtual-host', owner, before.settings, after.settings),
    ...compareById(before.locations, after.locations, {
      object: 'location',
      idOf: ({ match }) => matchText(match),
      name: (id) => `${owner} location ${id}`,
      detail: ({ route, settings }) =>
        [route ? routeText(route) : '', formatSettings(settings)].filter(Boolean).join(' '),
      inside: (old, now) => locationChanges(`${owner} location ${matchText(now.match)}`, old, now),
    }),
    ...routeChanges(owner, before.routes, after.routes),
    ...reverseRuleChanges(owner, before.reverseRules, after.reverseRules),
    ...workerChanges(owner, before.workers, after.workers),
  ];
}

function locationChanges(owner: string, before: Location, after: Location): readonly DefinitionChange[] {
  const routes = (location: Location) => (location.route === undefined ? [] : [location.route]);
  return [
    ...settingChanges('location', owner, before.settings, after.settings),
    ...routeChanges(owner, routes(before), routes(after)),
    ...reverseRuleChanges(owner, before.reverseRules, after.reverseRules),
  ];
}

/** Rules have no identity but their text: another target is one rule gone and one come. */
function routeChanges(owner: string, before: readonly Route[], after: readonly Route[]): readonly DefinitionChange[] {
  return compareById(before.map(routeText), after.map(routeText), textual('route', owner));
}

function reverseRuleChanges(owner: string, before: readonly ReverseRule[], after: readonly ReverseRule[]) {
  const text = ({ path, target }: ReverseRule) => `${path} <- ${target}`;
  return compareById(before.map(text), after.map(text), textual('reverse-rule', owner));
}

function textual(object: 'route' | 'reverse-rule', owner: string): Comparison<string> {
  const word = object === 'route' ? 'route' : 'reverse rule';
  return {
    object,
    idOf: (text) => text,
    name: (text) => `${owner} ${word} ${text}`,
    detail: () => '',
    inside: () => [],
  };
}

function settingChanges(
  object: DefinitionChange['object'],
  id: string,
  before: object,
  after: object,
): DefinitionChange[] {
  const old = before as Record<string, unknown>;
  const now = after as Record<string, unknown>;
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter((key) => !sameJson(old[key], now[key]));
  return keys.map((key) => {
    const was = formatSetting(key, old[key]);
    const is = formatSetting(key, now[key]);
    return {
      kind: 'changed',
      object,
      id,
      parameter: was?.name ?? is?.name ?? key,
      ...(was === undefined ? {} : { before: was.value }),
      ...(is === undefined ? {} : { after: is.value }),
    };
  });
}

function routeText({ match, target, nocanon }: Route): string {
  return `${matchText(match)} -> ${targetText(target)}${nocanon === true ? ' nocanon' : ''}`;
}

function matchText(match: RouteMatch): string {
  return match.kind === 'regex' ? `~ ${match.pattern}` : match.path;
}

function targetText(target: Route['target']): string {
  switch (target.kind) {
    case 'local':
      return '!';
    case 'balancer':
      return `balancer://${target.name}${target.path}`;
    case 'url':
      return target.url;
  }
}
