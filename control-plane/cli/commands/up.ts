import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import type { Definition } from '#shared/definition/definition.ts';
import { sameJson } from '#shared/event/canonical-json.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import type { RunningNode } from '../../../data-plane/main.ts';
import pack from '../../../package.json' with { type: 'json' };
import { controlPlaneConfig, DEFAULT_ADMIN, DEFAULT_FLEET } from '../../config.ts';
import type { RunningControlPlane } from '../../main.ts';
import { localActor } from '../client.ts';
import { type CliContext, CliFailure, usage } from '../context.ts';
import { logTo, withLogLevel } from '../log.ts';
import {
  collect,
  integerArgument,
  MAX_WORKERS,
  maxWorkersArgument,
  nodeNameArgument,
  withDefines,
} from '../options.ts';
import { type Defines, readDefinition } from '../read-definition.ts';
import { demoHints, servingReport } from '../serving-report.ts';
import { firstSignal } from '../signals.ts';

type Options = {
  readonly file?: string;
  readonly define: Defines;
  readonly dataDir?: string;
  readonly admin?: string;
  readonly threads?: number;
  readonly maxWorkers?: number;
  readonly demo?: boolean;
  readonly fleet?: string;
  readonly nodeName?: string;
  readonly tokenFile?: string;
  readonly allowHost: readonly string[];
  readonly logLevel?: string;
};

const DEFAULT_DATA_DIR = '.penstock';
/** One node's reports cost little, and `penstock workers` should show what has just happened. */
const REPORT_INTERVAL_MS = 250;
const DEMO_FILE = fileURLToPath(new URL('../../../examples/guide.conf', import.meta.url));

/**
 * `penstock up`: a control plane and one node in one process, on an in-process bus. The only module that knows both planes: it
 * joins their composition roots and nothing else.
 */
export function upCommand(context: CliContext): Command {
  return withLogLevel(withDefines(new Command('up')))
    .description('run a control plane and one node in one process')
    .option('-f, --file <file>', 'configuration file; without it, what the data directory holds')
    .option(
      '--data-dir <dir>',
      `where commits are kept (default: ${DEFAULT_DATA_DIR}; with --demo a new temporary one)`,
    )
    .option('--admin <host:port>', `address of the admin API (default: ${DEFAULT_ADMIN})`)
    .option('--threads <n>', 'proxy threads (default: one per processor)', integerArgument(1, 256))
    .option('--max-workers <n>', MAX_WORKERS, maxWorkersArgument)
    .option('--demo', 'with demo backends, on examples/guide.conf unless -f is given')
    .option('--fleet <name>', `name of the fleet (default: ${DEFAULT_FLEET})`)
    .option('--node-name <name>', "name of the node (default: the host's)", nodeNameArgument)
    .option('--token-file <file>', 'file with the access token of the admin API (env: PENSTOCK_TOKEN)')
    .addOption(
      new Option('--allow-host <name>', 'a name the admin API may be called by (repeatable)')
        .argParser(collect)
        .default([], 'none'),
    )
    .action((options: Options) => up(context, options));
}

async function up(context: CliContext, options: Options): Promise<void> {
  const file = options.file ?? (options.demo === true ? DEMO_FILE : undefined);
  const reading = file === undefined ? undefined : readDefinition(context, file, options.define);
  // Loaded here and not above: the other commands start in half the time without them.
  const [{ startControlPlane }, { openEmbeddedStore }, { startNode }] = await Promise.all([
    import('../../main.ts'),
    import('../../embedded-store.ts'),
    import('../../../data-plane/main.ts'),
  ]);
  const stops: (() => unknown)[] = [];
  const stopAll = async () => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  };
  const signalled = firstSignal(context);
  try {
    const dataDir = dataDirOf(context, options, stops);
    const config = controlPlaneConfig({ ...options, allowedHosts: options.allowHost, env: context.env });
    const log = await logTo(options.logLevel);
    const bus = createInProcessBus();
    stops.push(() => bus.close());

    let node: RunningNode | undefined;
    let stopping = false;
    void signalled.then(() => {
      stopping = true;
    });
    const plane = await startControlPlane({
      config,
      store: openEmbeddedStore(dataDir, config, Date.now, log),
      bus,
      log,
      notReady: () => {
        if (stopping) return 'stopping';
        return node?.servingRevision() === undefined ? 'the node serves nothing yet' : undefined;
      },
    });
    stops.push(() => plane.stop());

    const change = await commitIfChanged(plane, reading?.definition, file);
    const { definition } = await plane.state();
    const demo = options.demo === true ? await (await import('../demo.ts')).startDemo(definition) : undefined;
    if (demo !== undefined) stops.push(() => demo.stop());

    node = await startNode({
      fleet: config.fleet,
      name: options.nodeName ?? hostNodeName(),
      bus,
      threads: options.threads ?? availableParallelism(),
      ...(options.maxWorkers === undefined ? {} : { capacity: { slots: options.maxWorkers } }),
      dataDir: join(dataDir, 'node'),
      log,
      reportIntervalMs: REPORT_INTERVAL_MS,
    });
    const started = node;
    stops.push(async () => {
      const { unfinished } = await started.stop();
      if (unfinished > 0) context.err(`${unfinished} exchanges were cut off\n`);
    });
    const early = await Promise.race([served(started, change.revision), signalled]);
    if (early !== undefined) return;
    const report = {
      version: pack.version,
      file,
      ...change,
      dataDir,
      adminUrl: plane.url,
      ignored: reading?.ignored.length ?? 0,
    };
    const complete = { ...report, listeners: started.listeners() };
    context.out(servingReport(complete));
    if (demo !== undefined) context.out(demoHints(complete, definition, demo));

    const ended = await Promise.race([signalled, started.failed]);
    if (ended instanceof Error) throw new CliFailure(`the node failed: ${ended.message}`);
    context.err('stopping: requests in flight are finished; again to stop at once\n');
  } finally {
    await stopAll();
  }
}

/** A demo leaves nothing behind and knows nothing of the one before, unless a directory is named. */
function dataDirOf(context: CliContext, { dataDir, demo }: Options, stops: (() => unknown)[]): string {
  if (dataDir !== undefined || demo !== true) return resolve(context.cwd, dataDir ?? DEFAULT_DATA_DIR);
  const temporary = mkdtempSync(join(tmpdir(), 'penstock-demo-'));
  stops.push(() => rmSync(temporary, { recursive: true, force: true }));
  return temporary;
}

type Change = { readonly revision: number; readonly isNew: boolean };

/** Commits the file's definition if it is not the fleet's already; whoever starts a gateway with a file means that file, whatever its size. */
async function commitIfChanged(
  plane: RunningControlPlane,
  definition: Definition | undefined,
  file = '',
): Promise<Change> {
  const state = await plane.state();
  if (definition === undefined) {
    if (state.revision > 0) return { revision: state.revision, isNew: false };
    throw usage('there is no configuration yet: name one with -f FILE, or try --demo');
  }
  if (state.revision > 0 && sameJson(definition, state.definition)) return { revision: state.revision, isNew: false };
  const terms = { actor: localActor(), message: `penstock up -f ${file}` };
  const outcome = await plane.commands.apply({ definition, allowShrink: true }, terms);
  if (outcome.kind === 'rejected') {
    const { detail, problems = [] } = outcome.rejection;
    throw new CliFailure(
      [`refused: ${detail}`, ...problems.map(({ path, detail }) => `  ${path}: ${detail}`)].join('\n'),
    );
  }
  return { revision: outcome.revision, isNew: outcome.kind === 'committed' };
}

async function served(node: RunningNode, revision: number): Promise<undefined> {
  try {
    await node.serving(revision);
    return undefined;
  } catch (err) {
    throw new CliFailure(`revision ${revision} cannot be served: ${err instanceof Error ? err.message : err}`);
  }
}

/** A node's name is one word of a bus subject. */
function hostNodeName(): string {
  return hostname().replace(/[^A-Za-z0-9_-]+/g, '-') || 'node-1';
}
