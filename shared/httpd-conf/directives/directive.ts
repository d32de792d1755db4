import type { Diagnostics, Position } from '../diagnostic.ts';
import type { Word } from '../lexer.ts';
import type { Directive } from '../parser.ts';
import { labelOf } from '../parser.ts';
import type { ConfigDraft, LocationDraft, ServerDraft } from './draft.ts';

/** Where directives can stand. */
export type Context = 'server' | 'virtual-host' | 'location' | 'proxy';

const CONTEXT_NAMES: Readonly<Record<Context, string>> = {
  server: 'at the top level',
  'virtual-host': 'in <VirtualHost>',
  location: 'in <Location>',
  proxy: 'in <Proxy>',
};

/** `at the top level or in <VirtualHost>` */
export function contextNames(contexts: readonly Context[]): string {
  return contexts.map((context) => CONTEXT_NAMES[context]).join(' or ');
}

export const SERVER_CONTEXTS: readonly Context[] = ['server', 'virtual-host'];
export const DIRECTORY_CONTEXTS: readonly Context[] = ['server', 'virtual-host', 'location'];

/** What a directive acts on. */
export type Scope = {
  readonly context: Context;
  readonly config: ConfigDraft;
  readonly server: ServerDraft;
  /** Inside `<Location>`. */
  readonly location?: LocationDraft;
  /** Inside `<Proxy>` or `<ProxyMatch>`. */
  readonly proxy?: ProxySection;
  /** Applies the directives of a section. */
  readonly walk: (children: readonly Directive[], scope: Scope) => void;
};

/** What a `<Proxy>` section is about. */
export type ProxySection =
  | { readonly kind: 'balancer'; readonly name: string }
  | { readonly kind: 'worker'; readonly url: Word; readonly pattern: boolean }
  /** `*` or another wildcard: nothing that could have members or parameters. */
  | { readonly kind: 'other'; readonly text: string };

/** One directive of the language. */
export type DirectiveSpec = {
  readonly name: string;
  readonly section?: boolean;
  readonly contexts: readonly Context[];
  /** Fewest and most words after the name. */
  readonly words: readonly [min: number, max: number];
  /** For people: what the words are. */
  readonly usage: string;
  /** @returns what stopped it; several mistakes at once are reported through the call itself */
  readonly apply: (call: Call) => Problem | undefined;
};

/** A mistake, with the word or place at fault. */
export type Problem = { readonly at: Word | Position; readonly message: string; readonly suggestion?: string };

export function problem(at: Word | Position, message: string, suggestion?: string): Problem {
  return suggestion === undefined ? { at, message } : { at, message, suggestion };
}

/** A directive being applied, with ways to complain about it. */
export class Call {
  readonly directive: Directive;
  readonly scope: Scope;
  readonly label: string;
  readonly #diagnostics: Diagnostics;

  constructor(directive: Directive, scope: Scope) {
    this.directive = directive;
    this.scope = scope;
    this.label = labelOf(directive);
    this.#diagnostics = scope.config.diagnostics;
  }

  get words(): readonly Word[] {
    return this.directive.args;
  }

  /** The word at an index; the table's `words` guarantees the first `min`. */
  word(index: number): Word {
    return this.directive.args[index] ?? { ...this.directive, value: '', quoted: false, unterminated: false };
  }

  error({ at, message, suggestion }: Problem): void {
    this.#diagnostics.error(at, this.label, message, details(at, suggestion));
  }

  warn({ at, message, suggestion }: Problem): void {
    this.#diagnostics.warning(at, this.label, message, details(at, suggestion));
  }

  ignore(at: Word | Position, reason: string): void {
    this.#diagnostics.ignore(at, this.label, reason);
  }
}

function details(at: Word | Position, suggestion: string | undefined): { value?: string; suggestion?: string } {
  return {
    ...('value' in at && at.value !== '' ? { value: at.value } : {}),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}
