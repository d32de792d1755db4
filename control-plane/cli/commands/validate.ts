import { Command } from 'commander';
import type { Definition } from '#shared/definition/definition.ts';
import { formatDiagnostic } from '#shared/httpd-conf/diagnostic.ts';
import { sizeOf } from '#shared/snapshot/sanity.ts';
import { definitionWarnings } from '../../core/decide/definition-warnings.ts';
import { type CliContext, CliFailure, EXIT } from '../context.ts';
import { withDefines, withJson } from '../options.ts';
import { count } from '../output.ts';
import { type Defines, mistakesText, readFile } from '../read-definition.ts';

type Options = { readonly file: string; readonly define: Defines; readonly json?: boolean };

/** `penstock validate`: every mistake of a file at once, without a control plane. */
export function validateCommand(context: CliContext): Command {
  return withJson(withDefines(new Command('validate')))
    .description('check a configuration file and list every mistake')
    .requiredOption('-f, --file <file>', 'configuration file')
    .action(({ file, define, json }: Options) => {
      const { definition, diagnostics, ignored } = readFile(context, file, define);
      const warnings = definition === undefined ? [] : definitionWarnings(definition);
      if (json === true) {
        context.out(
          `${JSON.stringify({ valid: definition !== undefined, diagnostics, warnings, ignored }, null, 2)}\n`,
        );
        if (definition === undefined) throw new CliFailure('', EXIT.failed);
        return;
      }
      if (definition === undefined) throw new CliFailure(mistakesText(file, diagnostics));
      for (const diagnostic of diagnostics) context.err(`${formatDiagnostic(diagnostic)}\n`);
      for (const warning of warnings) context.err(`${file}: warning: ${warning}\n`);
      for (const { file, line, column, directive, reason } of ignored) {
        context.out(`${file}:${line}:${column}: ignored: ${directive}: ${reason}\n`);
      }
      context.out(`${file} is valid: ${summary(definition)}${ignoredText(ignored.length)}\n`);
    });
}

function summary(definition: Definition): string {
  const { listeners, routes, workers } = sizeOf(definition);
  const { virtualHosts, balancers } = definition;
  return [
    count(listeners, 'listener'),
    count(virtualHosts.length, 'virtual host'),
    count(routes, 'route'),
    count(balancers.length, 'balancer'),
    count(workers, 'worker'),
  ].join(', ');
}

function ignoredText(ignored: number): string {
  return ignored === 0 ? '' : `; ${count(ignored, 'directive')} ignored`;
}
