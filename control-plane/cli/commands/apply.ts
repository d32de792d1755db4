import { Command } from 'commander';
import { localActor } from '../client.ts';
import type { CliContext } from '../context.ts';
import {
  clientFor,
  revisionArgument,
  type ServerOptions,
  type WaitOption,
  waiting,
  withDefines,
  withJson,
  withServer,
  withWait,
} from '../options.ts';
import { count } from '../output.ts';
import { type Defines, readDefinition } from '../read-definition.ts';
import { showOutcome } from '../show-outcome.ts';

type Options = ServerOptions &
  WaitOption & {
    readonly file: string;
    readonly define: Defines;
    readonly dryRun?: boolean;
    readonly message?: string;
    readonly expect?: number;
    readonly allowShrink?: boolean;
    readonly json?: boolean;
  };

/** `penstock apply`: makes a file the fleet's configuration. */
export function applyCommand(context: CliContext): Command {
  return withJson(withWait(withDefines(withServer(new Command('apply'), context))))
    .description("make a configuration file the fleet's")
    .requiredOption('-f, --file <file>', 'configuration file')
    .option('--dry-run', 'say what would change, change nothing')
    .option('-m, --message <text>', 'why, for the history')
    .option('--expect <revision>', 'refuse unless this is the current revision', revisionArgument)
    .option('--allow-shrink', 'allow the configuration to lose more than half of what it holds')
    .action(async (options: Options) => {
      const { file, define, dryRun, message, expect, allowShrink, json } = options;
      const { definition, ignored } = readDefinition(context, file, define);
      if (ignored.length > 0 && json !== true) {
        context.err(`${file}: ${count(ignored.length, 'directive')} ignored (penstock validate lists them)\n`);
      }
      const { wait, waitMs } = waiting(options);
      const answer = await clientFor(context, options).send({
        method: 'POST',
        path: '/v1/apply',
        query: { dryRun: dryRun === true ? 'true' : undefined, wait },
        body: {
          definition,
          message: message ?? `Apply ${file}`,
          actor: localActor(),
          allowShrink: allowShrink === true,
        },
        waitMs,
        ...(expect === undefined ? {} : { ifMatch: expect }),
      });
      showOutcome(context, answer, json);
    });
}
