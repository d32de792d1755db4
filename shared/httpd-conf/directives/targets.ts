import { mergeWorkerParameter, parseBalancerParameter, parseWorkerParameter } from '../../definition/parameters.ts';
import type { WorkerParameters } from '../../definition/worker.ts';
import type { Word } from '../lexer.ts';
import { type Call, problem } from './directive.ts';
import type { BalancerDraft } from './draft.ts';

/** Longest name that httpd takes (PROXY_BALANCER_MAX_NAME_SIZE less the scheme). */
const MAX_BALANCER_NAME = 84;

/** Whether a target or name means a balancer at all. @source proxy_util.c:ap_proxy_valid_balancer_name */
export function namesBalancer(text: string): boolean {
  return /^balancer:/i.test(text);
}

/** The parts of `balancer://name/path`, or what is wrong with it. */
export function parseBalancerUrl(
  text: string,
): { readonly name: string; readonly path: string } | { readonly error: string } {
  const [, written = '', path = ''] = /^balancer:\/\/([^/]*)(.*)$/is.exec(text) ?? [];
  const name = written.toLowerCase();
  if (name === '') return { error: `"${text}" names no balancer; want balancer://name` };
  if (name.length > MAX_BALANCER_NAME) {
    return { error: `the balancer's name has ${name.length} characters; at most ${MAX_BALANCER_NAME} are possible` };
  }
  if (!/^[a-z0-9._~!$&'()*+,;=%-]+$/.test(name)) {
    return { error: `"${written}" is no balancer name; letters, digits and . _ - make one` };
  }
  return { name, path };
}

/** A `key=value` word taken apart; undefined when there is no `=`. */
export function keyAndValue(word: Word): { readonly key: string; readonly text: string } | undefined {
  const equals = word.value.indexOf('=');
  return equals < 0 ? undefined : { key: word.value.slice(0, equals), text: word.value.slice(equals + 1) };
}

/** Applies `key=value` words to a worker; what is wrong is reported and leaves it as it was. */
export function applyWorkerParameters(
  call: Call,
  target: { parameters: WorkerParameters },
  words: readonly Word[],
): void {
  for (const word of words) {
    const result = readParameter(call, word, parseWorkerParameter);
    if (result !== undefined) target.parameters = mergeWorkerParameter(target.parameters, result);
  }
}

/** The same for a worker that no balancer has. Nobody checks its health: there is nothing to fail over to. @source mod_proxy_hcheck.c */
export function applyPlainWorkerParameters(
  call: Call,
  target: { parameters: WorkerParameters },
  words: readonly Word[],
): void {
  applyWorkerParameters(call, target, words);
  for (const word of words) {
    if (/^hc(method|interval|passes|fails|uri)=/i.test(word.value)) {
      call.ignore(word, 'only members of balancers are checked, as in httpd');
    }
  }
}

/** The same for a balancer. */
export function applyBalancerParameters(call: Call, balancer: BalancerDraft, words: readonly Word[]): void {
  for (const word of words) {
    const result = readParameter(call, word, parseBalancerParameter);
    if (result !== undefined) balancer.parameters = { ...balancer.parameters, ...result.parameters };
  }
}

/** Within one directive the last of equal keys counts, in the place of the first. @source apr_table_setn */
export function lastOfEach(words: readonly Word[]): readonly Word[] {
  const byKey = new Map<string, Word>();
  for (const word of words) byKey.set((keyAndValue(word)?.key ?? word.value).toLowerCase(), word);
  return [...byKey.values()];
}

/** Says that parameters have no effect, for the reason given. */
export function warnUnused(call: Call, words: readonly Word[], reason: string): void {
  for (const word of words) call.warn(problem(word, `${word.value} has no effect: ${reason}`));
}

type Parse<R> = (key: string, text: string) => R;
type Result = ReturnType<typeof parseWorkerParameter> | ReturnType<typeof parseBalancerParameter>;

function readParameter<R extends Result>(
  call: Call,
  word: Word,
  parse: Parse<R>,
): Extract<R, { ok: true }> | undefined {
  const pair = keyAndValue(word);
  if (pair === undefined) {
    call.error(problem(word, `"${word.value}" is no parameter; want key=value`));
    return undefined;
  }
  if (/^(["']).*\1$/s.test(pair.text)) {
    const whole = `"${pair.key}=${pair.text.slice(1, -1)}"`;
    call.warn(problem(word, `the quotes are part of the value, as in httpd; to quote, write ${whole}`));
  }
  const result = parse(pair.key, pair.text);
  if (!result.ok) {
    call.error(problem(word, result.error, result.suggestion));
    return undefined;
  }
  if (result.ignored !== undefined) call.ignore(word, result.ignored);
  if (result.warning !== undefined) call.warn(problem(word, result.warning));
  return result as Extract<R, { ok: true }>;
}
