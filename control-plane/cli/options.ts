import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../core/duration.ts';
import { type ApiClient, apiClient } from './client.ts';
import { type CliContext, CliFailure } from './context.ts';

/** Options of every command that talks to a control plane. */
export type ServerOptions = { readonly server: string; readonly tokenFile?: string };

export const DEFAULT_SERVER = 'http://127.0.0.1:7400';

export function withServer(command: Command, context: CliContext): Command {
  return command
    .addOption(
      new Option('--server <url>', 'control plane (env: PENSTOCK_SERVER)').default(
        context.env.PENSTOCK_SERVER || DEFAULT_SERVER,
      ),
    )
    .addOption(new Option('--token-file <file>', 'file with the access token (env: PENSTOCK_TOKEN)'));
}

export function clientFor(context: CliContext, { server, tokenFile }: ServerOptions): ApiClient {
  const token = tokenFile === undefined ? context.env.PENSTOCK_TOKEN || undefined : tokenIn(tokenFile);
  return apiClient(server, token, (reason) => context.err(`warning: this may be out of date: ${reason}\n`));
}

function tokenIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (err) {
    const { code, message } = err as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw new CliFailure(`token file ${file} cannot be read: ${reason}`);
  }
}

export function withDefines(command: Command): Command {
  return command.addOption(
    new Option('-D, --define <name[=value]>', 'define, as httpd -D (repeatable)')
      .argParser(collect)
      .default([], 'none'),
  );
}

/** How long a command that changes the fleet waits for its nodes, as `--wait` gives it. */
export type WaitOption = { readonly wait?: string | true };

const DEFAULT_WAIT = '30s';

export function withWait(command: Command): Command {
  return command.option(
    '--wait [duration]',
    `wait until all nodes serve it (${DEFAULT_WAIT} unless given)`,
    durationArgument,
  );
}

/** What a request that waits for nodes says, and how much longer its answer may take. */
export function waiting({ wait }: WaitOption): { readonly wait: string | undefined; readonly waitMs: number } {
  const text = wait === true ? DEFAULT_WAIT : wait;
  return { wait: text, waitMs: text === undefined ? 0 : (parseDuration(text) ?? 0) };
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON, stable for scripts');
}

/** A revision argument; 0 is the empty fleet. */
export function revisionArgument(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('want a revision, a number such as 12.');
  return Number(text);
}

/** The revision of a commit. */
export function commitArgument(text: string): number {
  const revision = revisionArgument(text);
  if (revision === 0) throw new InvalidArgumentError('want a revision from 1.');
  return revision;
}

/** A node's name: one word of a bus subject. */
export function nodeNameArgument(text: string): string {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(text)) throw new InvalidArgumentError('want 1 to 64 letters, digits, - and _.');
  return text;
}

/** A duration argument, kept as text for the API. */
export function durationArgument(text: string): string {
  if (parseDuration(text) === undefined) throw new InvalidArgumentError('want a duration such as 30s, 10m or 1h30m.');
  return text;
}

/** A whole number within bounds. */
export function integerArgument(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) throw new InvalidArgumentError(`want ${min} to ${max}.`);
    return value;
  };
}

/** A node's room for workers. The number is the node's own default, said here as every flag's is. */
export const MAX_WORKERS = 'room for workers, those included that a change replaces (default: 65536)';
export const maxWorkersArgument = integerArgument(1, 1_000_000);

/** Values of a repeatable option; the environment gives them in one text, joined by commas. */
export function collectList(text: string, earlier: readonly string[] = []): string[] {
  return [...earlier, ...text.split(',').filter((one) => one !== '')];
}

export function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}
