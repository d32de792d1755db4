import { Command, Option } from 'commander';
import type { ChangeView, CommitSummary } from '../../core/view/commit-view.ts';
import { localActor } from '../client.ts';
import type { CliContext } from '../context.ts';
import {
  clientFor,
  commitArgument,
  integerArgument,
  revisionArgument,
  type ServerOptions,
  type WaitOption,
  waiting,
  withJson,
  withServer,
  withWait,
} from '../options.ts';
import { localTime, table } from '../output.ts';
import { showOutcome } from '../show-outcome.ts';

/** `penstock show`: the definition, now or then. */
export function showCommand(context: CliContext): Command {
  type Options = ServerOptions & { readonly at?: number; readonly format: 'httpd' | 'json' };
  return withServer(new Command('show'), context)
    .description("print the fleet's configuration")
    .option('--at <revision>', 'at this revision instead of the newest', revisionArgument)
    .addOption(new Option('--format <format>', 'how to print it').choices(['httpd', 'json']).default('httpd'))
    .action(async (options: Options) => {
      const { at, format } = options;
      const query = { format, at: at?.toString() };
      const { text } = await clientFor(context, options).send({ method: 'GET', path: '/v1/definition', query });
      context.out(text === '' || text.endsWith('\n') ? text : `${text}\n`);
    });
}

/** `penstock history`: commits, newest first. */
export function historyCommand(context: CliContext): Command {
  type Options = ServerOptions & { readonly limit: number; readonly before?: number; readonly json?: boolean };
  return withJson(withServer(new Command('history'), context))
    .description('list commits, newest first')
    .option('--limit <n>', 'how many', integerArgument(1, 500), 20)
    .option('--before <revision>', 'only those before this revision', commitArgument)
    .action(async (options: Options) => {
      const { limit, before, json } = options;
      const query = { limit: String(limit), before: before?.toString() };
      const answer = await clientFor(context, options).send({ method: 'GET', path: '/v1/history', query });
      if (json === true) return context.out(`${answer.text}\n`);
      const page = answer.json<{ commits: readonly CommitSummary[]; before: number | null }>();
      const rows = page.commits.map(({ revision, time, actor, command, message }) => [
        String(revision),
        localTime(time),
        actor,
        command,
        message.replace(/\s+/g, ' '),
      ]);
      context.out(table(['REVISION', 'TIME', 'ACTOR', 'COMMAND', 'MESSAGE'], rows));
      if (page.before !== null) context.out(`older ones: penstock history --before ${page.before}\n`);
    });
}

/** `penstock diff`: what differs between two revisions. */
export function diffCommand(context: CliContext): Command {
  type Options = ServerOptions & { readonly unified?: boolean; readonly json?: boolean };
  return withJson(withServer(new Command('diff'), context))
    .description('compare two revisions, in words and as text')
    .argument('<from>', 'a revision; 0 is the empty fleet', revisionArgument)
    .argument('[to]', 'another; the newest unless given', revisionArgument)
    .option('--unified', 'only the text, as diff -u writes it')
    .action(async (from: number, to: number | undefined, options: Options) => {
      const query = { from: String(from), to: to?.toString() };
      const answer = await clientFor(context, options).send({ method: 'GET', path: '/v1/diff', query });
      if (options.json === true) return context.out(`${answer.text}\n`);
      const diff = answer.json<{ from: number; to: number; changes: readonly ChangeView[]; unified: string }>();
      if (options.unified === true) return context.out(diff.unified);
      if (diff.changes.length === 0) return context.out(`revisions ${diff.from} and ${diff.to} are equal\n`);
      for (const { text } of diff.changes) context.out(`${text}\n`);
      if (diff.unified !== '') context.out(`\n${diff.unified}`);
    });
}

/** `penstock rollback`: an old definition again, as a new commit. */
export function rollbackCommand(context: CliContext): Command {
  type Options = ServerOptions & WaitOption & { readonly message?: string; readonly json?: boolean };
  return withJson(withWait(withServer(new Command('rollback'), context)))
    .description('restore the definition of a revision, as a new commit (overrides stay)')
    .argument('<revision>', 'the revision to go back to', commitArgument)
    .option('-m, --message <text>', 'why, for the history')
    .action(async (revision: number, options: Options) => {
      const { message, json } = options;
      const { wait, waitMs } = waiting(options);
      const answer = await clientFor(context, options).send({
        method: 'POST',
        path: '/v1/rollback',
        query: { wait },
        waitMs,
        body: { revision, actor: localActor(), ...(message === undefined ? {} : { message }) },
      });
      showOutcome(context, answer, json);
    });
}
