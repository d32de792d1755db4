import type { Definition } from '#shared/definition/definition.ts';
import { validateDefinition } from '#shared/definition/validate.ts';
import { type Diagnostic, formatDiagnostic, type IgnoredDirective } from '#shared/httpd-conf/diagnostic.ts';
import { readHttpdConf } from '#shared/httpd-conf/read.ts';
import { localConfFiles } from './conf-files.ts';
import { type CliContext, CliFailure } from './context.ts';
import { count } from './output.ts';

export type FileReading = {
  readonly definition: Definition | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly ignored: readonly IgnoredDirective[];
};

/** `-D NAME` and `-D NAME=VALUE`, as httpd's. */
export type Defines = readonly string[];

/** Reads a configuration file and whatever it includes, with the rules the control plane will apply as well. */
export function readFile(context: CliContext, file: string, defines: Defines): FileReading {
  const result = readHttpdConf(file, localConfFiles(context.cwd), {
    defines: new Map(defines.map(nameAndValue)),
    env: context.env,
  });
  if (result.definition === undefined) return { ...result, definition: undefined };
  const problems = validateDefinition(result.definition).map(({ path, detail }): Diagnostic => {
    return { file, line: 1, column: 1, severity: 'error', directive: '', message: `${path}: ${detail}` };
  });
  if (problems.length === 0) return result;
  return { ...result, definition: undefined, diagnostics: [...result.diagnostics, ...problems] };
}

/**
 * The definition of a file, warnings shown.
 *
 * @throws CliFailure with every mistake as `file:line:column: …`
 */
export function readDefinition(context: CliContext, file: string, defines: Defines) {
  const { definition, diagnostics, ignored } = readFile(context, file, defines);
  if (definition === undefined) throw new CliFailure(mistakesText(file, diagnostics));
  for (const diagnostic of diagnostics) context.err(`${formatDiagnostic(diagnostic)}\n`);
  return { definition, ignored };
}

/** Every message on a line of its own, then how many mistakes there are. */
export function mistakesText(file: string, diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  return [...diagnostics.map(formatDiagnostic), `${file}: ${count(errors, 'mistake')}; nothing was changed`].join('\n');
}

function nameAndValue(define: string): [string, string] {
  const at = define.indexOf('=');
  return at === -1 ? [define, ''] : [define.slice(0, at), define.slice(at + 1)];
}
