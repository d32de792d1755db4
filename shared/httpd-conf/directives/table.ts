import { nearestName } from '../../definition/nearest-name.ts';
import type { Directive } from '../parser.ts';
import { BALANCER_DIRECTIVES } from './balancer.ts';
import { Call, contextNames, type DirectiveSpec, type Problem, problem, type Scope } from './directive.ts';
import { IGNORED_DIRECTIVES, IGNORED_SECTIONS, type IgnoredSpec } from './ignored.ts';
import { LISTENER_DIRECTIVES } from './listener.ts';
import { LOCATION_DIRECTIVES } from './location.ts';
import { PROXY_PASS_DIRECTIVES } from './proxy-pass.ts';
import { SETTING_DIRECTIVES } from './settings.ts';
import { UNSUPPORTED_NAMES, whyUnsupported } from './unsupported.ts';

/** Every directive with an effect, family by family. */
export const SUPPORTED_DIRECTIVES: readonly DirectiveSpec[] = [
  ...LISTENER_DIRECTIVES,
  ...SETTING_DIRECTIVES,
  ...BALANCER_DIRECTIVES,
  ...PROXY_PASS_DIRECTIVES,
  ...LOCATION_DIRECTIVES,
];

/** Directives that the parser itself acts on. */
const WHILE_PARSING = ['Define', 'UnDefine', 'Include', 'IncludeOptional', 'Error', 'Warning'];
const CONDITIONS = ['IfModule', 'IfDefine', 'IfVersion', 'IfFile', 'IfDirective', 'IfSection'];

const BY_NAME: ReadonlyMap<string, DirectiveSpec> = new Map(SUPPORTED_DIRECTIVES.map((spec) => [keyOf(spec), spec]));
const IGNORED: ReadonlyMap<string, IgnoredSpec> = new Map(
  IGNORED_DIRECTIVES.map((spec) => [spec.name.toLowerCase(), spec]),
);
const SECTIONS_IGNORED: ReadonlySet<string> = new Set(IGNORED_SECTIONS.map((name) => name.toLowerCase()));

const SECTION_NAMES = [
  ...SUPPORTED_DIRECTIVES.filter(({ section }) => section).map(({ name }) => name),
  ...IGNORED_SECTIONS,
  ...CONDITIONS,
];
const DIRECTIVE_NAMES = [
  ...SUPPORTED_DIRECTIVES.filter(({ section }) => !section).map(({ name }) => name),
  ...WHILE_PARSING,
  ...IGNORED.keys().map((key) => IGNORED.get(key)?.name ?? key),
  ...UNSUPPORTED_NAMES,
];

/** Whether a directive or section is understood, if only to ignore it. */
export function knowsDirective(name: string, section: boolean): boolean {
  const key = name.toLowerCase();
  if (section)
    return (
      BY_NAME.has(`<${key}`) || SECTIONS_IGNORED.has(key) || CONDITIONS.some((known) => known.toLowerCase() === key)
    );
  return BY_NAME.has(key) || IGNORED.has(key) || WHILE_PARSING.some((known) => known.toLowerCase() === key);
}

/** Applies directives in their order; each mistake is reported and the next directive is gone on with. */
export function applyDirectives(directives: readonly Directive[], scope: Scope): void {
  for (const directive of directives) applyDirective(new Call(directive, scope));
}

function applyDirective(call: Call): void {
  const { directive } = call;
  const key = keyOf({ name: directive.name, section: directive.children !== undefined });
  const spec = BY_NAME.get(key);
  const ignored = IGNORED.get(key);
  if (spec !== undefined) applySupported(call, spec);
  else if (ignored !== undefined) applyIgnored(call, ignored);
  else if (directive.children !== undefined && SECTIONS_IGNORED.has(directive.name.toLowerCase())) ignoreSection(call);
  else call.error(whyRefused(call));
}

function applySupported(call: Call, spec: DirectiveSpec): void {
  const { directive, scope } = call;
  const [min, max] = spec.words;
  const [extra] = directive.args.slice(max);
  const comment = directive.args.slice(min).find(({ value, quoted }) => value.startsWith('#') && !quoted);
  if (!spec.contexts.includes(scope.context)) {
    call.error(
      problem(directive, `is only allowed ${contextNames(spec.contexts)}, not ${contextNames([scope.context])}`),
    );
  } else if (directive.args.length < min) {
    call.error(problem(directive, `wants ${spec.usage}`));
  } else if (comment !== undefined) {
    call.error(problem(comment, 'a comment needs a line of its own'));
  } else if (extra !== undefined) {
    call.error(problem(extra, `"${extra.value}" is one word too many: wants ${spec.usage}`));
  } else {
    const outcome = spec.apply(call);
    if (outcome !== undefined) call.error(outcome);
  }
}

function applyIgnored(call: Call, spec: IgnoredSpec): void {
  const refused = spec.refuse?.(call.words.map(({ value }) => value));
  if (refused === undefined) call.ignore(call.directive, spec.reason);
  else call.error(problem(call.words[0] ?? call.directive, refused));
}

/** What httpd refuses there is a mistake here too: it was meant for another place. */
function ignoreSection(call: Call): void {
  call.ignore(call.directive, 'no files are served, so the section concerns no request');
  for (const child of call.directive.children ?? []) {
    const spec = BY_NAME.get(keyOf({ name: child.name, section: child.children !== undefined }));
    if (spec === undefined || spec.contexts.includes('location') !== /^proxypass/i.test(spec.name)) continue;
    const inner = new Call(child, call.scope);
    inner.error(problem(child, `is only allowed ${contextNames(spec.contexts)}, not in ${call.label}`));
  }
}

function whyRefused({ directive }: Call): Problem {
  const why = whyUnsupported(directive.name);
  if (why !== undefined) return problem(directive, why);
  const section = directive.children !== undefined;
  const otherForm = BY_NAME.get(keyOf({ name: directive.name, section: !section }));
  if (otherForm !== undefined) {
    return section
      ? problem(directive, 'is a directive, not a section', otherForm.name)
      : problem(directive, 'is a section, not a directive', `<${otherForm.name}>`);
  }
  const meant = nearestName(directive.name, section ? SECTION_NAMES : DIRECTIVE_NAMES);
  const suggestion = meant !== undefined && section ? `<${meant}>` : meant;
  return problem(directive, `unknown ${section ? 'section' : 'directive'}`, suggestion);
}

function keyOf({ name, section }: { readonly name: string; readonly section?: boolean | undefined }): string {
  return section === true ? `<${name.toLowerCase()}` : name.toLowerCase();
}
