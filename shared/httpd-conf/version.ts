/** The httpd version that `<IfVersion>` compares with: the one whose units and rules the reader follows. */
export const HTTPD_VERSION = '2.5.1';

/**
 * Answers `<IfVersion [[!]operator] version>`.
 *
 * @param args the section's words: version alone, or operator (`=` `==` `>` `>=` `<` `<=` `~`, after `!` for not) and version; `=`
 *   takes a regular expression between slashes, `~` one without
 * @source mod_version.c:start_ifversion
 */
export function ifVersion(args: readonly string[]): boolean | { readonly error: string } {
  const [operator, version] = args.length === 1 ? ['=', args[0]] : args;
  if (operator === undefined || version === undefined || args.length > 2) {
    return { error: 'wants an operator and a version, such as <IfVersion >= 2.4>' };
  }
  const negated = operator.startsWith('!') && operator.length > 1;
  const answer = compareWith(negated ? operator.slice(1) : operator === '!' ? '=' : operator, version);
  return typeof answer === 'boolean' ? answer !== (negated || operator === '!') : answer;
}

function compareWith(operator: string, version: string): boolean | { readonly error: string } {
  const pattern = /^\/(.*)\/$/s.exec(version)?.[1];
  if (operator === '~') return matches(version);
  if ((operator === '=' || operator === '==') && pattern !== undefined) return matches(pattern);
  const order = compareVersions(HTTPD_VERSION, version);
  if (order === undefined) return { error: `"${version}" is no version; want major[.minor[.patch]] in numbers` };
  switch (operator) {
    case '=':
    case '==':
      return order === 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    default:
      return { error: `unknown operator "${operator}"; operators are = == > >= < <= ~` };
  }
}

function matches(pattern: string): boolean | { readonly error: string } {
  try {
    return new RegExp(pattern, 's').test(HTTPD_VERSION);
  } catch {
    return { error: `"${pattern}" is no regular expression` };
  }
}

/** Numbers compare one by one; missing ones count as 0. */
function compareVersions(ours: string, theirs: string): number | undefined {
  if (!/^\d+(\.\d*){0,2}$/.test(theirs)) return undefined;
  const left = ours.split('.').map(Number);
  const right = theirs.split('.').map(Number);
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
