/**
 * The target of a regex rule, taken apart: literal texts and, between them, the groups to put in.
 *
 * @source ProxyPassMatch; util.c:ap_pregsub (`$0`..`$9`, a backslash makes the next character literal)
 */
export type TargetTemplate = {
  /** As written; a result equal to it means that nothing was substituted. */
  readonly text: string;
  /** literals[0] group[0] literals[1] group[1] … literals[n] */
  readonly literals: readonly string[];
  readonly groups: readonly number[];
};

export function compileTemplate(text: string): TargetTemplate {
  const literals: string[] = [];
  const groups: number[] = [];
  let literal = '';
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    const next = text.charAt(i + 1);
    if (char === '$' && next >= '0' && next <= '9') {
      literals.push(literal);
      groups.push(Number(next));
      literal = '';
      i++;
    } else if (char === '\\' && next !== '') {
      literal += next;
      i++;
    } else {
      literal += char;
    }
  }
  literals.push(literal);
  return { text, literals, groups };
}

/**
 * The target for one match. If substituting changed nothing, the whole text matched against follows the target: so
 * `ProxyPassMatch \.gif$ http://images` keeps the path.
 *
 * @param source what the pattern was run on, and what is appended
 * @source mod_proxy.c:ap_proxy_trans_match
 */
export function expandTemplate(template: TargetTemplate, match: RegExpExecArray, source: string): string {
  let result = template.literals[0] ?? '';
  for (let i = 0; i < template.groups.length; i++) {
    result += (match[template.groups[i] ?? 0] ?? '') + (template.literals[i + 1] ?? '');
  }
  return result === template.text ? result + source : result;
}
