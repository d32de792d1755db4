import { type EffectiveSettings, effectiveSettings } from '../definition/defaults.ts';
import type { DirectorySettings, Location, VirtualHost } from '../definition/virtual-host.ts';
import { byteString } from './byte-string.ts';
import { type CompiledRoute, compileLocationRoute, type RouteContext } from './compiled-route.ts';
import { compilePattern, compileWildcards, hasWildcards } from './pattern.ts';
import type { CompiledReverseRule } from './proxy-pass-reverse.ts';

/** A `<Location>` or `<LocationMatch>` made ready for requests. */
export type CompiledLocation = {
  readonly match:
    | { readonly kind: 'prefix'; readonly path: string }
    | { readonly kind: 'regex'; readonly pattern: RegExp };
  readonly settings: DirectorySettings;
  readonly route: CompiledRoute | undefined;
  readonly reverse: readonly CompiledReverseRule[];
};

/** What the sections a request is inside of amount to. Shared by all requests inside the same sections. */
export type LocationState = {
  readonly directory: DirectorySettings;
  readonly settings: EffectiveSettings;
  /** Rule of the last section that has one. */
  readonly route: CompiledRoute | undefined;
  /** Server's rules, then the sections'; undefined when there are none. */
  readonly reverse: readonly CompiledReverseRule[] | undefined;
  /** States one section further, by that section's place. */
  readonly next: Map<number, LocationState>;
};

/** States reached by walking a server's sections, worked out when first needed. Owned by the route table and grown in place. */
export type LocationWalk = {
  readonly main: VirtualHost;
  readonly virtualHost: VirtualHost;
  /** Main server's sections, then the virtual host's own. */
  readonly sections: readonly (readonly CompiledLocation[])[];
  readonly outside: LocationState;
  states: number;
};

/** Sections that clients choose combinations of can make very many states; past this many they are worked out each time. */
const MAX_REMEMBERED_STATES = 1024;

export function compileLocation(
  location: Location,
  context: RouteContext,
  reverse: readonly CompiledReverseRule[],
): CompiledLocation {
  const { match, settings } = location;
  const route = location.route === undefined ? undefined : compileLocationRoute(location.route, context);
  const named = route === undefined ? undefined : { ...route, name: `${route.name} in ${sectionName(location)}` };
  return { match: compileMatch(match), settings, route: named, reverse };
}

function compileMatch(match: Location['match']): CompiledLocation['match'] {
  if (match.kind === 'regex') return { kind: 'regex', pattern: compilePattern(match.pattern) };
  const path = byteString(match.path);
  return hasWildcards(path) ? { kind: 'regex', pattern: compileWildcards(path) } : { kind: 'prefix', path };
}

function sectionName({ match }: Location): string {
  return match.kind === 'prefix' ? `<Location ${match.path}>` : `<LocationMatch ${match.pattern}>`;
}

/** A server's state outside of all sections, and the room for what walking them will find. */
export function createWalk(
  main: VirtualHost,
  virtualHost: VirtualHost,
  sections: readonly (readonly CompiledLocation[])[],
  reverse: readonly CompiledReverseRule[],
): LocationWalk {
  const outside: LocationState = {
    directory: {},
    settings: effectiveSettings(main, virtualHost),
    route: undefined,
    reverse: reverse.length === 0 ? undefined : reverse,
    next: new Map(),
  };
  return { main, virtualHost, sections: sections.filter(({ length }) => length > 0), outside, states: 0 };
}

/**
 * Walks the sections in configured order, the main server's before the virtual host's; those that match are merged, later
 * ones over earlier.
 *
 * @param path normalised, decoded path
 * @source server/request.c:ap_location_walk
 */
export function walkLocations(walk: LocationWalk, path: string): LocationState {
  let state = walk.outside;
  let place = 0;
  for (const sections of walk.sections) {
    for (const section of sections) {
      if (matchesLocation(section, path)) state = enter(walk, state, section, place);
      place++;
    }
  }
  return state;
}

/** `/foo` holds for `/foo` and `/foo/…`, `/foo/` for `/foo/…` only; wildcards for the whole path, regexes anywhere in it. */
export function matchesLocation({ match }: CompiledLocation, path: string): boolean {
  if (match.kind === 'regex') return match.pattern.test(path);
  const { length } = match.path;
  if (!path.startsWith(match.path)) return false;
  return length === 0 || length === path.length || match.path.endsWith('/') || path.charAt(length) === '/';
}

function enter(walk: LocationWalk, state: LocationState, section: CompiledLocation, place: number): LocationState {
  const known = state.next.get(place);
  if (known !== undefined) return known;
  const directory = { ...state.directory, ...section.settings };
  const entered: LocationState = {
    directory,
    settings: effectiveSettings(walk.main, walk.virtualHost, directory),
    route: section.route ?? state.route,
    reverse: section.reverse.length === 0 ? state.reverse : [...(state.reverse ?? []), ...section.reverse],
    next: new Map(),
  };
  if (walk.states < MAX_REMEMBERED_STATES) {
    walk.states++;
    state.next.set(place, entered);
  }
  return entered;
}
