import { Command, CommanderError } from 'commander';
import pack from '../../package.json' with { type: 'json' };
import { OperatingError } from '../operating-error.ts';
import { applyCommand } from './commands/apply.ts';
import { controlPlaneCommand } from './commands/control-plane.ts';
import { demoBackendCommand } from './commands/demo-backend.ts';
import { nodesCommand, setCommand } from './commands/fleet.ts';
import { healthCommand } from './commands/health.ts';
import { diffCommand, historyCommand, rollbackCommand, showCommand } from './commands/history.ts';
import { keygenCommand } from './commands/keygen.ts';
import { nodeCommand } from './commands/node.ts';
import { repairCommand, storeCommand, trimCommand } from './commands/store.ts';
import { balancersCommand, routesCommand } from './commands/totals.ts';
import { upCommand } from './commands/up.ts';
import { validateCommand } from './commands/validate.ts';
import { workersCommand } from './commands/workers.ts';
import { type CliContext, CliFailure, EXIT } from './context.ts';

/**
 * Runs `penstock` with these arguments.
 *
 * @returns the exit code: 0 done, 1 refused or failed, 2 called wrongly
 */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  try {
    await program(context).parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (err) {
    if (err instanceof CliFailure) {
      if (err.message !== '') context.err(`${err.message}\n`);
      return err.exitCode;
    }
    if (err instanceof OperatingError) {
      context.err(`${err.message}\n`);
      return err.code === 'bad-config' ? EXIT.usage : EXIT.failed;
    }
    // Commander has said what was wrong already; help and version end this way too.
    if (err instanceof CommanderError) return err.exitCode === 0 ? EXIT.done : EXIT.usage;
    throw err;
  }
}

function program(context: CliContext): Command {
  const root = new Command('penstock')
    .description("HTTP gateway nodes that share one configuration, in httpd's reverse-proxy language")
    .version(pack.version);
  const commands = [
    upCommand,
    controlPlaneCommand,
    nodeCommand,
    validateCommand,
    applyCommand,
    showCommand,
    historyCommand,
    diffCommand,
    rollbackCommand,
    workersCommand,
    setCommand,
    nodesCommand,
    balancersCommand,
    routesCommand,
    healthCommand,
    storeCommand,
    repairCommand,
    trimCommand,
    keygenCommand,
    demoBackendCommand,
  ].map((create) => create(context));
  for (const command of [root, ...commands]) {
    command
      .exitOverride()
      .allowExcessArguments(false)
      .configureOutput({ writeOut: context.out, writeErr: context.err })
      .showHelpAfterError(`(penstock ${command === root ? '' : `${command.name()} `}--help says more)`);
  }
  for (const command of commands) root.addCommand(command);
  return root;
}
