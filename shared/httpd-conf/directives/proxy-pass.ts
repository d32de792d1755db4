import { nearestName } from '../../definition/nearest-name.ts';
import type { Route, RouteMatch, RouteTarget } from '../../definition/route.ts';
import { normaliseWorkerUrl, whyNotServed } from '../../definition/worker-url.ts';
import { checkPattern, hasWildcards } from '../../routing/pattern.ts';
import type { Word } from '../lexer.ts';
import { type Call, DIRECTORY_CONTEXTS, type DirectiveSpec, type Problem, problem } from './directive.ts';
import { balancerOf } from './draft.ts';
import {
  applyBalancerParameters,
  applyPlainWorkerParameters,
  keyAndValue,
  lastOfEach,
  namesBalancer,
  parseBalancerUrl,
  warnUnused,
} from './targets.ts';

/** Rules that send requests to backends. @source mod_proxy.c:add_pass */
export const PROXY_PASS_DIRECTIVES: readonly DirectiveSpec[] = [
  {
    name: 'ProxyPass',
    contexts: DIRECTORY_CONTEXTS,
    words: [1, Number.POSITIVE_INFINITY],
    usage: 'path url [nocanon] [key=value …]; inside <Location> url [nocanon] [key=value …]; ! as url excludes',
    apply: (call) => proxyPass(call, false),
  },
  {
    name: 'ProxyPassMatch',
    contexts: DIRECTORY_CONTEXTS,
    words: [1, Number.POSITIVE_INFINITY],
    usage: 'regex url [nocanon] [key=value …]; inside <Location> url [nocanon] [key=value …]; ! as url excludes',
    apply: (call) => proxyPass(call, true),
  },
];

function proxyPass(call: Call, byRegex: boolean): Problem | undefined {
  const { location, server } = call.scope;
  const split = splitWords(call, byRegex);
  if ('message' in split) return split;
  const { match, target, nocanon, parameters } = split;
  const route = (to: RouteTarget): Route => ({ match, target: to, ...(nocanon ? { nocanon } : {}) });
  const made = routeTarget(call, target, match, parameters);
  if ('message' in made) return made;
  if (location !== undefined) {
    if (location.route !== undefined) call.warn(problem(call.directive, 'replaces the rule this section has already'));
    location.route = made.kind === 'local' ? { match, target: made } : route(made);
  } else if (match.kind === 'prefix' && !match.path.startsWith('/')) {
    call.warn(problem(call.word(0), `never matches, because "${match.path}" does not begin with /; left out`));
  } else {
    server.routes.push(made.kind === 'local' ? { match, target: made } : route(made));
  }
  return undefined;
}

type SplitWords = {
  readonly match: RouteMatch;
  readonly target: Word;
  readonly nocanon: boolean;
  /** `key=value` words. */
  readonly parameters: readonly Word[];
};

function splitWords(call: Call, byRegex: boolean): SplitWords | Problem {
  const { location } = call.scope;
  let words = call.words;
  let regex = byRegex;
  if (location === undefined) {
    while (words[0]?.value === '~') {
      if (byRegex) return problem(words[0], '"~" belongs to ProxyPass; ProxyPassMatch takes a regex anyway');
      regex = true;
      words = words.slice(1);
    }
  }
  const path = location === undefined ? words[0] : undefined;
  const [target, ...rest] = location === undefined ? words.slice(1) : words;
  if (location === undefined && (path === undefined || target === undefined)) {
    return problem(call.directive, 'wants a path and a URL, as in ProxyPass "/app" "http://10.0.0.1:8080/app"');
  }
  if (target === undefined) return problem(call.directive, 'wants a URL');
  if (location !== undefined && target.value.startsWith('/')) {
    return problem(target, 'takes no path inside <Location>, whose path it is; give the URL alone');
  }
  const match = path === undefined ? locationMatch(call, byRegex) : serverMatch(path, regex);
  if ('message' in match) return match;
  let nocanon = false;
  const parameters: Word[] = [];
  for (const word of rest) {
    const keyword = word.value.toLowerCase();
    if (keyword === 'nocanon') nocanon = true;
    else if (keyword === 'noquery')
      call.ignore(word, 'noquery has no effect on HTTP targets; the query is always sent');
    else if (keyword === 'interpolate') call.error(problem(word, 'interpolate is not supported by this version'));
    else if (keyAndValue(word)?.key.toLowerCase() === 'mapping') {
      call.error(problem(word, 'mapping= is not supported by this version'));
    } else if (keyAndValue(word) === undefined) {
      const message = `"${word.value}" is no parameter; want key=value`;
      call.error(problem(word, message, nearestName(word.value, ['nocanon', 'noquery'])));
    } else parameters.push(word);
  }
  return { match, target, nocanon, parameters: lastOfEach(parameters) };
}

function serverMatch(word: Word, regex: boolean): RouteMatch | Problem {
  if (word.value === '') return problem(word, 'the path is empty; "/" means everything');
  if (!regex) return { kind: 'prefix', path: word.value };
  const error = checkPattern(word.value);
  return error === undefined ? { kind: 'regex', pattern: word.value } : problem(word, `"${word.value}": ${error}`);
}

/** The rule's own match is the section's path, read as a regex when it has wildcards. */
function locationMatch(call: Call, byRegex: boolean): RouteMatch | Problem {
  const match = call.scope.location?.match;
  const text = match === undefined ? '' : match.kind === 'prefix' ? match.path : match.pattern;
  if (byRegex || hasWildcards(text)) {
    const error = checkPattern(text);
    return error === undefined ? { kind: 'regex', pattern: text } : problem(call.directive, `"${text}": ${error}`);
  }
  if (match?.kind === 'regex') {
    const message = `"${text}" has no wildcards, so that ProxyPass takes it as a plain path and never matches`;
    call.warn(problem(call.directive, message, 'ProxyPassMatch'));
  }
  return { kind: 'prefix', path: text };
}

function routeTarget(call: Call, word: Word, match: RouteMatch, parameters: readonly Word[]): RouteTarget | Problem {
  if (word.value === '!') {
    warnUnused(call, parameters, 'requests this rule matches are not proxied');
    return { kind: 'local' };
  }
  if (namesBalancer(word.value)) return balancerTarget(call, word, parameters);
  const pattern = match.kind === 'regex';
  const socket = /^unix:/i.test(word.value);
  if (socket) return problem(word, 'Unix-domain sockets are not supported by this version');
  const normalised = normaliseWorkerUrl(word.value, { pattern });
  if (!normalised.ok) return problem(word, normalised.error);
  const notServed = whyNotServed(normalised.url);
  if (notServed !== undefined) return problem(word, notServed);
  if (!pattern && /\$\d/.test(normalised.url)) {
    return problem(word, `$n in "${word.value}" is only replaced by ProxyPassMatch`, 'ProxyPassMatch');
  }
  const { workers } = call.scope.server;
  const kind = pattern ? 'pattern' : 'prefix';
  const shared = workers.find(normalised.url, kind);
  if (shared === undefined) applyPlainWorkerParameters(call, workers.add(normalised.url, kind, word), parameters);
  else
    warnUnused(
      call,
      parameters,
      `the target is covered by worker ${shared.url} of line ${shared.at.line}, which is shared`,
    );
  return { kind: 'url', url: normalised.url };
}

/** Parameters of a rule whose target is a balancer are the balancer's. */
function balancerTarget(call: Call, word: Word, parameters: readonly Word[]): RouteTarget | Problem {
  const parsed = parseBalancerUrl(word.value);
  if ('error' in parsed) return problem(word, parsed.error);
  const { server } = call.scope;
  if (parameters.length > 0) applyBalancerParameters(call, balancerOf(server, parsed.name, word), parameters);
  server.references.push({ name: parsed.name, label: call.label, at: word });
  return { kind: 'balancer', ...parsed };
}
