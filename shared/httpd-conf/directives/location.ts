import { checkPattern } from '../../routing/pattern.ts';
import {
  type Call,
  DIRECTORY_CONTEXTS,
  type DirectiveSpec,
  type Problem,
  problem,
  SERVER_CONTEXTS,
} from './directive.ts';
import type { LocationDraft } from './draft.ts';

/** Sections by path, and what answers are rewritten to. @source core.c:urlsection, mod_proxy.c:add_pass_reverse */
export const LOCATION_DIRECTIVES: readonly DirectiveSpec[] = [
  {
    name: 'Location',
    section: true,
    contexts: SERVER_CONTEXTS,
    words: [1, 2],
    usage: 'path, or ~ regex',
    apply: (call) => {
      const regex = call.word(0).value === '~';
      if (!regex && call.words.length > 1) return problem(call.word(1), 'takes one path');
      if (regex && call.words.length === 1) return problem(call.word(0), 'wants a regex after ~');
      return section(call, regex ? 1 : 0, regex);
    },
  },
  {
    name: 'LocationMatch',
    section: true,
    contexts: SERVER_CONTEXTS,
    words: [1, 1],
    usage: 'regex',
    apply: (call) => section(call, 0, true),
  },
  {
    name: 'ProxyPassReverse',
    contexts: DIRECTORY_CONTEXTS,
    words: [1, 3],
    usage: 'path url; inside <Location> url',
    apply: proxyPassReverse,
  },
];

function section(call: Call, index: number, regex: boolean): Problem | undefined {
  const word = call.word(index);
  const { scope, directive } = call;
  const error = regex ? checkPattern(word.value) : undefined;
  if (error !== undefined) call.error(problem(word, `"${word.value}": ${error}`));
  if (!regex && !word.value.startsWith('/')) call.error(problem(word, `"${word.value}" must begin with /`));
  const location: LocationDraft = {
    match: regex ? { kind: 'regex', pattern: word.value } : { kind: 'prefix', path: word.value },
    route: undefined,
    reverseRules: [],
    settings: {},
  };
  scope.server.locations.push(location);
  scope.walk(directive.children ?? [], { ...scope, context: 'location', location });
  return undefined;
}

function proxyPassReverse(call: Call): Problem | undefined {
  const { location, server } = call.scope;
  const interpolate = call.words.find(({ value }) => value.toLowerCase() === 'interpolate');
  if (interpolate !== undefined) return problem(interpolate, 'interpolate is not supported by this version');
  const wanted = location === undefined ? 2 : 1;
  if (call.words.length > wanted) {
    const extra = call.word(wanted);
    return problem(extra, location === undefined ? 'takes a path and a URL' : 'takes only a URL inside <Location>');
  }
  if (call.words.length < wanted) return problem(call.directive, 'wants a path and a URL outside <Location>');
  const target = call.word(wanted - 1);
  if (target.value === '') return problem(target, 'the URL is empty');
  const { match } = location ?? {};
  const path = match === undefined ? call.word(0).value : match.kind === 'prefix' ? match.path : match.pattern;
  (location ?? server).reverseRules.push({ path, target: target.value });
  return undefined;
}
