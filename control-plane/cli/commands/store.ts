import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { StoreVerdict } from '../../core/regression.ts';
import type { StoreInspection } from '../../ports.ts';
import type { PublicationStatus } from '../../publisher.ts';
import type { RepairReport } from '../../store-guard.ts';
import { localActor } from '../client.ts';
import { type CliContext, CliFailure, usage } from '../context.ts';
import { clientFor, commitArgument, type ServerOptions, withJson, withServer } from '../options.ts';
import { count } from '../output.ts';

type Options = ServerOptions & { readonly json?: boolean };

type StoreAnswer = StoreInspection & {
  readonly revision: number;
  readonly epoch: number;
  readonly firstRevision?: number;
  readonly history: StoreVerdict;
  readonly bus: { readonly connected: boolean; readonly detail: string };
  readonly publication: PublicationStatus;
};

/** `penstock store`: what holds the fleet's history, and whether it can be trusted. */
export function storeCommand(context: CliContext): Command {
  return withJson(withServer(new Command('store'), context))
    .description("show the event store and the bus: what they promise, and whether they still have the fleet's history")
    .action(async (options: Options) => {
      const answer = await clientFor(context, options).send({ method: 'GET', path: '/v1/store' });
      if (options.json === true) return context.out(`${answer.text}\n`);
      const { name, reachable, durability, warnings, revision, epoch, firstRevision, history, bus, publication } =
        answer.json<StoreAnswer>();
      const lines = [
        `store     ${name}${reachable ? '' : ' (cannot be reached)'}`,
        ...(reachable ? [`          ${durability}`] : []),
        ...warnings.map((warning) => `          warning: ${warning}`),
        `history   ${revisionsText(firstRevision, revision)}${epoch === 0 ? '' : `, epoch ${epoch}`}: ${historyText(history)}${reachable ? '' : ', when it was last there'}`,
        `bus       ${bus.connected ? 'connected' : 'not connected'}: ${bus.detail}`,
        `          ${publicationText(publication)}`,
        ...publication.warnings.map((warning) => `          warning: ${warning}`),
      ];
      context.out(`${lines.join('\n')}\n`);
    });
}

function revisionsText(first: number | undefined, last: number): string {
  if (last === 0) return 'no revision yet';
  return first === undefined ? `revisions up to ${last}` : `revisions ${first} to ${last}`;
}

function historyText(history: StoreVerdict): string {
  switch (history.kind) {
    case 'behind':
      return `LOST revisions ${history.missing.from} to ${history.missing.to}, which ${history.known.source} knows; see penstock repair --help`;
    case 'forked':
      return `ANOTHER history than ${history.known.source} from revision ${history.at} on; see penstock repair --help`;
    case 'unclear':
      return 'being looked at';
    case 'ok':
      return 'in order';
  }
}

function publicationText({ publishedRevision, failures, regressed }: PublicationStatus): string {
  if (regressed !== undefined) return `nothing is published: ${regressed}`;
  return `published up to revision ${publishedRevision}${failures === 0 ? '' : `, ${count(failures, 'failure')} since start`}`;
}

/** `penstock repair`: mends a store that lost commits. */
export function repairCommand(context: CliContext): Command {
  type RepairOptions = Options & { readonly from: string; readonly file?: string; readonly message?: string };
  return withJson(withServer(new Command('repair'), context))
    .description('repair a store that lost commits, after a failover with loss or a restored backup')
    .addOption(
      new Option(
        '--from <source>',
        'copies: put back what replicas and the bus still hold, as it was; bus: go on with the content nodes serve; file: with that of a configuration off a node’s disk; store: go on with what the store has',
      )
        .choices(['copies', 'bus', 'file', 'store'])
        .default('copies'),
    )
    .option('--file <file>', "with --from file: a *.configuration file of a node's data directory")
    .option('-m, --message <text>', 'why, for the history')
    .addHelpText(
      'after',
      '\nAll but copies begin a new epoch: nodes take the store’s revisions from then on, though they know higher ones.',
    )
    .action(async ({ from, file, message, ...options }: RepairOptions) => {
      if ((from === 'file') !== (file !== undefined)) throw usage('--from file and --file go together');
      const body = {
        from: from === 'file' ? 'configuration' : from,
        ...(file === undefined ? {} : { configuration: readBase64(file) }),
        ...(message === undefined ? {} : { message }),
        actor: localActor(),
      };
      const answer = await clientFor(context, options).send({ method: 'POST', path: '/v1/repair', body });
      if (options.json === true) return context.out(`${answer.text}\n`);
      const { restored, missing, forked, revision, epoch } = answer.json<RepairReport>();
      if (from === 'copies') {
        if (forked !== undefined) {
          throw new CliFailure(
            `nothing can be put back: ${forked}; go on with --from bus, --from file or --from store`,
          );
        }
        const isWhole = restored === 0 && missing === undefined;
        const what = isWhole ? 'nothing was missing' : `${count(restored, 'commit')} put back`;
        context.out(`${what}; the store is at revision ${revision}\n`);
        if (missing !== undefined) {
          throw new CliFailure(
            `revisions ${missing.from} to ${missing.to} are held nowhere any more: go on with --from bus, --from file or --from store`,
          );
        }
      } else context.out(`revision ${revision} begins epoch ${epoch}; nodes follow it\n`);
    });
}

function readBase64(file: string): string {
  try {
    return readFileSync(file).toString('base64');
  } catch (err) {
    throw new CliFailure(`${file} cannot be read: ${err instanceof Error ? err.message : err}`);
  }
}

/** `penstock trim`: forgets old history. */
export function trimCommand(context: CliContext): Command {
  type TrimOptions = Options & { readonly before: number };
  return withJson(withServer(new Command('trim'), context))
    .description('forget old commits, as far as a checkpoint allows; export them first: GET /v1/export')
    .requiredOption('--before <revision>', 'the oldest revision to keep', commitArgument)
    .action(async ({ before, ...options }: TrimOptions) => {
      const answer = await clientFor(context, options).send({ method: 'POST', path: '/v1/trim', body: { before } });
      if (options.json === true) return context.out(`${answer.text}\n`);
      const { firstRevision } = answer.json<{ firstRevision: number }>();
      const limit = firstRevision < before ? ': later ones are needed until there is a newer checkpoint' : '';
      context.out(`the oldest revision held is ${firstRevision}${limit}\n`);
    });
}
