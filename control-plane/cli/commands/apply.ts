import { Command } from 'commander';
import { parseDuration } from '../../core/duration.ts';
import { localActor } from '../client.ts';
import type { CliContext } from '../context.ts';
import {
  clientFor,
  durationArgument,
  revisionArgument,
  type ServerOptions,
  withDefines,
  withJson,
  withServer,
} from '../options.ts';
import { count } from '../output.ts';
import { type Defines, readDefinition } from '../read-definition.ts';
import { showOutcome } from '../show-outcome.ts';

type Options = ServerOptions & {
  readonly file: string;
  readonly define: Defines;
  readonly dryRun?: boolean;
  readonly wait?: string | true;
  readonly message?: string;
  readonly expect?: number;
  readonly allowShrink?: boolean;
  readonly json?: boolean;
};

const DEFAULT_WAIT = '30s';

/** `penstock apply`: makes a file the fleet's configuration. */
export function applyCommand(context: CliContext): Command {
  return withJson(withDefines(withServer(new Command('apply'), context)))
    .description("make a configuration file the fleet's")
    .requiredOption('-f, --file <file>', 'configuration file')
    .option('--dry-run', 'say what would change, change nothing')
    .option('--wait [duration]', `wait until all nodes serve it (${DEFAULT_WAIT} unless given)`, durationArgument)
    .option('-m, --message <text>', 'why, for the history')
    .option('--expect <revision>', 'refuse unless this is the current revision', revisionArgument)
    .option('--allow-shrink', 'allow the configuration to lose more than half of what it holds')
    .action(async (options: Options) => {
      const { file, define, dryRun, message, expect, allowShrink, json } = options;
      const { definition, ignored } = readDefinition(context, file, define);
      if (ignored.length > 0 && json !== true) {
        context.err(`${file}: ${count(ignored.length, 'directive')} ignored (penstock validate lists them)\n`);
      }
      const wait = options.wait === true ? DEFAULT_WAIT : options.wait;
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
        waitMs: parseDuration(wait ?? '0s') ?? 0,
        ...(expect === undefined ? {} : { ifMatch: expect }),
      });
      showOutcome(context, answer, json);
    });
}
