import type { Word } from './lexer.ts';
import { ifVersion } from './version.ts';

const KINDS = ['ifmodule', 'ifdefine', 'ifversion', 'iffile', 'ifdirective', 'ifsection'] as const;

export type ConditionKind = (typeof KINDS)[number];

/** What conditions ask. */
export type Facts = {
  isDefined(name: string): boolean;
  hasModule(name: string): boolean;
  hasFile(baseFile: string, path: string): boolean;
  knows(name: string, section: boolean): boolean;
};

/** The kind of condition a section is, if it is one. */
export function conditionKind(section: string): ConditionKind | undefined {
  const name = section.toLowerCase();
  return KINDS.find((kind) => kind === name);
}

/**
 * The answer of a condition, before `!` turns it round (`<IfVersion>` does that itself).
 *
 * @source core.c:start_cond_section, mod_version.c
 */
export function evaluateCondition(
  kind: ConditionKind,
  args: readonly Word[],
  file: string,
  facts: Facts,
): boolean | { readonly error: string } {
  if (kind === 'ifversion') return ifVersion(args.map(({ value }) => value));
  const name = args[0]?.value;
  if (name === undefined || name === '') return { error: 'wants a name' };
  if (args.length > 1) return { error: 'wants one name' };
  switch (kind) {
    case 'ifmodule':
      return facts.hasModule(name);
    case 'ifdefine':
      return facts.isDefined(name);
    case 'iffile':
      return facts.hasFile(file, name);
    case 'ifdirective':
      return facts.knows(name, false);
    case 'ifsection':
      return facts.knows(name, true);
  }
}
