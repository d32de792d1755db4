import { nearestName } from '../../definition/nearest-name.ts';
import { normaliseWorkerUrl, whyNotServed } from '../../definition/worker-url.ts';
import { checkPattern } from '../../routing/pattern.ts';
import type { Word } from '../lexer.ts';
import {
  type Call,
  type DirectiveSpec,
  type Problem,
  type ProxySection,
  problem,
  SERVER_CONTEXTS,
} from './directive.ts';
import { type BalancerDraft, balancerOf } from './draft.ts';
import {
  applyBalancerParameters,
  applyPlainWorkerParameters,
  applyWorkerParameters,
  keyAndValue,
  lastOfEach,
  namesBalancer,
  parseBalancerUrl,
} from './targets.ts';

/** Balancers, their members, and parameters of both and of plain workers. @source mod_proxy.c */
export const BALANCER_DIRECTIVES: readonly DirectiveSpec[] = [
  {
    name: 'Proxy',
    section: true,
    contexts: SERVER_CONTEXTS,
    words: [1, Number.POSITIVE_INFINITY],
    usage: 'balancer://name or url [key=value …]',
    apply: (call) => proxySection(call, false),
  },
  {
    name: 'ProxyMatch',
    section: true,
    contexts: SERVER_CONTEXTS,
    words: [1, 1],
    usage: 'url with $n',
    apply: (call) => proxySection(call, true),
  },
  {
    name: 'BalancerMember',
    contexts: [...SERVER_CONTEXTS, 'proxy'],
    words: [1, Number.POSITIVE_INFINITY],
    usage: '[balancer://name] url [key=value …]',
    apply: balancerMember,
  },
  {
    name: 'ProxySet',
    contexts: [...SERVER_CONTEXTS, 'proxy'],
    words: [0, Number.POSITIVE_INFINITY],
    usage: '[balancer://name or url] key=value …',
    apply: proxySet,
  },
];

/** The section's own parameters are applied after what is inside it. @source mod_proxy.c:proxysection */
function proxySection(call: Call, pattern: boolean): Problem | undefined {
  const { scope, directive } = call;
  const [first, ...parameters] = call.words;
  if (first === undefined) return undefined;
  const proxy = sectionOf(first, pattern);
  if ('message' in proxy) return proxy;
  scope.walk(directive.children ?? [], { ...scope, context: 'proxy', proxy });
  return parameters.length === 0 ? undefined : setInSection(call, proxy, parameters);
}

function sectionOf(word: Word, pattern: boolean): ProxySection | Problem {
  const url = { ...word, value: word.value.replace(/^proxy:/i, '') };
  if (pattern) {
    const error = checkPattern(url.value);
    if (error !== undefined) return problem(word, `"${url.value}": ${error}`);
    return { kind: 'worker', url, pattern: true };
  }
  if (namesBalancer(url.value)) {
    const parsed = parseBalancerUrl(url.value);
    return 'error' in parsed ? problem(word, parsed.error) : { kind: 'balancer', name: parsed.name };
  }
  if (!url.value.includes('://')) return { kind: 'other', text: url.value };
  return { kind: 'worker', url, pattern: false };
}

/** @source mod_proxy.c:set_proxy_param: inside a section the name is the section's, and what isn't there is made */
function proxySet(call: Call): Problem | undefined {
  const { proxy, server } = call.scope;
  if (proxy !== undefined) return setInSection(call, proxy, call.words);
  const [name, ...parameters] = call.words;
  if (name === undefined) return problem(call.directive, 'wants the name of a balancer or worker outside <Proxy>');
  if (namesBalancer(name.value)) {
    const parsed = parseBalancerUrl(name.value);
    if ('error' in parsed) return problem(name, parsed.error);
    const balancer = server.balancers.get(parsed.name);
    if (balancer === undefined) {
      const meant = nearestName(parsed.name, server.balancers.keys());
      const message = `there is no balancer://${parsed.name} up to here`;
      return problem(name, message, meant === undefined ? undefined : `balancer://${meant}`);
    }
    applyBalancerParameters(call, balancer, parameters);
    return undefined;
  }
  const normalised = normaliseWorkerUrl(name.value, { pattern: true });
  if (!normalised.ok) return problem(name, normalised.error);
  const worker = server.workers.find(normalised.url);
  if (worker === undefined) return problem(name, `there is no worker ${normalised.url} up to here`);
  applyPlainWorkerParameters(call, worker, parameters);
  return undefined;
}

function setInSection(call: Call, proxy: ProxySection, parameters: readonly Word[]): Problem | undefined {
  const { server } = call.scope;
  switch (proxy.kind) {
    case 'balancer':
      applyBalancerParameters(call, balancerOf(server, proxy.name, call.directive), parameters);
      return undefined;
    case 'other':
      return problem(
        parameters[0] ?? call.directive,
        `<Proxy "${proxy.text}"> is no balancer and no worker to set parameters of`,
      );
    case 'worker': {
      const normalised = normaliseWorkerUrl(proxy.url.value, { pattern: proxy.pattern });
      if (!normalised.ok) return problem(proxy.url, normalised.error);
      if (!proxy.pattern && /\$\d/.test(normalised.url)) {
        return problem(proxy.url, `$n in "${proxy.url.value}" needs <ProxyMatch>`, 'ProxyMatch');
      }
      if (!proxy.pattern && /[*?]/.test(normalised.url)) {
        call.warn(problem(proxy.url, `wildcards do not work for workers: ${normalised.url} is taken as it stands`));
      }
      const kind = proxy.pattern ? 'pattern' : 'prefix';
      const existing = server.workers.find(normalised.url, kind);
      if (existing !== undefined && existing.url !== normalised.url && parameters.length > 0) {
        const message = `applies to ${existing.url} of line ${existing.at.line}, which covers ${normalised.url}`;
        call.warn(problem(call.directive, message));
      }
      applyPlainWorkerParameters(call, existing ?? server.workers.add(normalised.url, kind, proxy.url), parameters);
      return undefined;
    }
  }
}

/** @source mod_proxy.c:add_member */
function balancerMember(call: Call): Problem | undefined {
  const { proxy, server } = call.scope;
  const names: Word[] = [];
  const parameters: Word[] = [];
  for (const word of call.words) {
    // A URL may have a `=`, which httpd would take for a parameter.
    const isUrl = keyAndValue(word) === undefined || /^[a-z][a-z0-9+.-]*:\/\//i.test(word.value);
    (isUrl ? names : parameters).push(word);
  }
  const inSection = proxy?.kind === 'balancer';
  if (proxy !== undefined && !inSection) return problem(call.directive, 'belongs into a <Proxy balancer://…> section');
  const balancerWord = inSection ? undefined : names.shift();
  const [url, extra] = names;
  if (balancerWord !== undefined && !namesBalancer(balancerWord.value)) {
    return problem(balancerWord, 'outside <Proxy> the first word must be balancer://name');
  }
  if (balancerWord === undefined && !inSection)
    return problem(call.directive, 'wants balancer://name and a URL outside <Proxy>');
  if (url === undefined) return problem(call.directive, 'wants the URL of a backend');
  if (extra !== undefined) return problem(extra, `"${extra.value}" is no parameter; want key=value`);
  const named = proxy?.kind === 'balancer' ? proxy : parseBalancerUrl(balancerWord?.value ?? '');
  if ('error' in named) return problem(balancerWord ?? call.directive, named.error);
  return addMember(call, balancerOf(server, named.name, balancerWord ?? call.directive), url, lastOfEach(parameters));
}

function addMember(call: Call, balancer: BalancerDraft, url: Word, parameters: readonly Word[]): Problem | undefined {
  if (/^unix:/i.test(url.value)) return problem(url, 'Unix-domain sockets are not supported by this version');
  const normalised = normaliseWorkerUrl(url.value);
  if (!normalised.ok) return problem(url, normalised.error);
  const notServed = whyNotServed(normalised.url);
  if (notServed !== undefined) return problem(url, notServed);
  const earlier = balancer.names.find(normalised.url);
  if (earlier !== undefined) {
    // httpd adds nothing here and says so only in its log.
    const why = earlier.url === normalised.url ? 'is a member already' : `begins with member ${earlier.url}`;
    call.warn(problem(url, `not added: ${normalised.url} ${why}, since line ${earlier.at.line}`));
    return undefined;
  }
  const member = { url: normalised.url, parameters: {}, at: url };
  balancer.members.push(member);
  balancer.names.add(normalised.url, 'prefix', member);
  applyWorkerParameters(call, member, parameters);
  return undefined;
}
