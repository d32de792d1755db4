import type { Definition } from '../definition/definition.ts';
import type { ConfFiles } from './conf-files.ts';
import { type Diagnostic, Diagnostics, type IgnoredDirective } from './diagnostic.ts';
import { type ConfigDraft, serverDraft } from './directives/draft.ts';
import { applyDirectives, knowsDirective } from './directives/table.ts';
import { finish } from './finish.ts';
import { parseConf } from './parser.ts';
import { Variables } from './variables.ts';

export type ReadOptions = {
  /** Names defined from outside, as with httpd's `-D`; '' defines without a value. */
  readonly defines?: ReadonlyMap<string, string>;
  /** What `${NAME}` means when nothing of that name is defined. */
  readonly env?: Readonly<Record<string, string | undefined>>;
};

export type ReadResult = {
  /** undefined when there is any error. */
  readonly definition: Definition | undefined;
  /** Errors and warnings by file (the first one first), line and column. */
  readonly diagnostics: readonly Diagnostic[];
  readonly ignored: readonly IgnoredDirective[];
};

/**
 * Reads an httpd configuration and what it includes. Everything wrong is reported at once; nothing is guessed.
 *
 * @param path the first file, as `files.read` takes it
 */
export function readHttpdConf(path: string, files: ConfFiles, options: ReadOptions = {}): ReadResult {
  const diagnostics = new Diagnostics();
  const variables = new Variables(options.defines ?? new Map(), options.env ?? {}, diagnostics);
  const directives = parseConf(path, { files, variables, diagnostics, knows: knowsDirective });
  if (directives === undefined) return { definition: undefined, diagnostics: diagnostics.found, ignored: [] };
  const start = { file: path, line: 1, column: 1 };
  const draft: ConfigDraft = { diagnostics, listeners: [], listens: false, main: serverDraft(start), virtualHosts: [] };
  applyDirectives(directives, { context: 'server', config: draft, server: draft.main, walk: applyDirectives });
  const definition = finish(draft, start);
  return {
    definition: diagnostics.failed ? undefined : definition,
    diagnostics: inOrder(diagnostics.found, path),
    ignored: diagnostics.ignored,
  };
}

function inOrder(diagnostics: readonly Diagnostic[], first: string): readonly Diagnostic[] {
  const rank = new Map([[first, 0]]);
  for (const { file } of diagnostics) if (!rank.has(file)) rank.set(file, rank.size);
  const place = ({ file }: Diagnostic) => rank.get(file) ?? rank.size;
  return diagnostics.toSorted((a, b) => place(a) - place(b) || a.line - b.line || a.column - b.column);
}
