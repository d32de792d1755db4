import { type Command, Option } from 'commander';
import type { Level, Logger } from 'pino';

export function withLogLevel(command: Command): Command {
  return command.addOption(
    new Option('--log-level <level>', 'log lines on standard error (default: info, warn on a terminal)')
      .env('PENSTOCK_LOG_LEVEL')
      .choices(['debug', 'info', 'warn', 'error']),
  );
}

/** A logger on standard error. Loaded when it is needed: most commands are done sooner than pino is there. */
export async function logTo(level: string | undefined): Promise<Logger> {
  const { pino } = await import('pino');
  const chosen = (level as Level | undefined) ?? (process.stderr.isTTY ? 'warn' : 'info');
  return pino({ level: chosen, base: null }, pino.destination({ dest: 2, sync: true }));
}
