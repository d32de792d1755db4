import { availableParallelism, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { CredentialExpiry } from '#shared/credential-expiry.ts';
import {
  type CredentialWatch,
  expiringFiles,
  expiryText,
  watchCredentials,
} from '#shared/nats-bus/credential-watch.ts';
import type { NatsBus } from '#shared/nats-bus/nats-bus.ts';
import type { NatsBusOptions, NatsFault } from '#shared/nats-bus/settings.ts';
import type { RunningNode } from '../../../data-plane/main.ts';
import pack from '../../../package.json' with { type: 'json' };
import { lockDataDir } from '../../adapters/data-dir-lock.ts';
import { DEFAULT_FLEET } from '../../config.ts';
import type { Logger } from '../../log.ts';
import { OperatingError } from '../../operating-error.ts';
import { saveCompiledCode } from '../compile-cache.ts';
import { type NatsFlags, natsOptions, withNats } from '../connection-options.ts';
import { type CliContext, CliFailure } from '../context.ts';
import { logTo, withLogLevel } from '../log.ts';
import { integerArgument, MAX_WORKERS, maxWorkersArgument, nodeNameArgument } from '../options.ts';
import { count } from '../output.ts';
import { firstSignal } from '../signals.ts';

type Options = NatsFlags & {
  readonly fleet: string;
  readonly name?: string;
  readonly dataDir?: string;
  readonly status?: string;
  readonly listen?: readonly string[];
  readonly label?: readonly string[];
  readonly threads?: number;
  readonly maxWorkers?: number;
  readonly trustKey?: readonly string[];
  readonly poll?: readonly string[];
  readonly pollTokenFile?: string;
  readonly pollAfter?: number;
  readonly pollEvery?: number;
  readonly probation?: number;
  readonly reportInterval?: number;
  readonly gracefulTimeout?: number;
  readonly logLevel?: string;
};

const DEFAULT_DATA_DIR = '.penstock';
const MINUTES_10_MS = 600_000;

/** `penstock node`: a gateway node of a fleet, on NATS. Needs nothing but its data directory to start and serve. */
export function nodeCommand(context: CliContext): Command {
  const command = new Command('node').description('run a gateway node of a fleet');
  const add = (flag: string, what: string, variable: string) => new Option(flag, what).env(`PENSTOCK_${variable}`);
  const ms = (flag: string, what: string, variable: string) =>
    command.addOption(add(`${flag} <ms>`, what, variable).argParser(integerArgument(0, MINUTES_10_MS)));
  const several = (flag: string, what: string, variable: string) =>
    command.addOption(
      add(flag, `${what} (repeatable; joined by commas in the environment)`, variable).argParser(list()),
    );

  command
    .addOption(add('--fleet <name>', 'name of the fleet', 'FLEET').default(DEFAULT_FLEET).argParser(nodeNameArgument))
    .addOption(add('--name <name>', "name of the node (default: the host's)", 'NAME').argParser(nodeNameArgument))
    .addOption(add('--data-dir <dir>', `where it keeps what it serves (default: ${DEFAULT_DATA_DIR}/NAME)`, 'DATA_DIR'))
    .addOption(add('--status <host:port>', 'address of its status pages (default: none)', 'STATUS'))
    .addOption(
      add('--threads <n>', 'proxy threads (default: one per processor)', 'THREADS').argParser(integerArgument(1, 256)),
    )
    .addOption(add('--max-workers <n>', MAX_WORKERS, 'MAX_WORKERS').argParser(maxWorkersArgument));
  several('--listen <from=to>', 'binds a configured Listen elsewhere: 8080=127.0.0.1:18080', 'LISTEN');
  several('--label <name=value>', 'says where the node is: zone=a', 'LABELS');
  several('--trust-key <file>', 'takes only configurations signed by one of these keys, PEM', 'TRUST_KEYS');
  several('--poll <url>', 'admin API to ask while NATS is away', 'POLL');
  command.addOption(add('--poll-token-file <file>', 'file with the access token for it', 'POLL_TOKEN_FILE'));
  ms('--poll-after', 'how long NATS must be away before (default: 30000)', 'POLL_AFTER');
  ms('--poll-every', 'how often then (default: 30000)', 'POLL_EVERY');
  ms('--probation', 'a crash so soon after a change is put down to it (default: 30000; 0: never)', 'PROBATION');
  ms(
    '--report-interval',
    'how far its reports are apart, if not more in a large fleet (default: 1000)',
    'REPORT_INTERVAL',
  );
  ms('--graceful-timeout', 'how long exchanges in flight may take at stop (default: 30000)', 'GRACEFUL_TIMEOUT');
  return withLogLevel(withNats(command)).action((options: Options) => run(context, options));
}

async function run(context: CliContext, options: Options): Promise<void> {
  const { startNode, readNodeTexts } = await import('../../../data-plane/main.ts');
  const mistakes: string[] = [];
  const nats = natsOptions(options, mistakes);
  const { poll, ...texts } = readNodeTexts(options, mistakes);
  if (mistakes.length > 0) throw new OperatingError('bad-config', mistakes.join('\n'));

  const { fleet, name = hostNodeName(), pollAfter, pollEvery } = options;
  const dataDir = resolve(context.cwd, options.dataDir ?? join(DEFAULT_DATA_DIR, name));
  const lock = lockDataDir(dataDir);
  const signalled = firstSignal(context);
  const log = await logTo(options.logLevel);
  let credentials: CredentialWatch | undefined;
  let bus: NatsBus | undefined;
  let node: RunningNode | undefined;
  try {
    credentials = await watchCredentials(expiringFiles(nats), (expiry, leftMs) => logExpiry(expiry, leftMs, log));
    bus = await connect({ ...nats, fleet, name }, log);
    node = await startNode({
      ...texts,
      fleet,
      name,
      bus,
      dataDir,
      log,
      credentials: credentials.expiries,
      threads: options.threads ?? availableParallelism(),
      ...(options.maxWorkers === undefined ? {} : { capacity: { slots: options.maxWorkers } }),
      poll: {
        ...poll,
        ...(pollAfter === undefined ? {} : { afterMs: pollAfter }),
        ...(pollEvery === undefined ? {} : { everyMs: pollEvery }),
      },
      ...(options.probation === undefined ? {} : { probationMs: options.probation }),
      ...(options.reportInterval === undefined ? {} : { reportIntervalMs: options.reportInterval }),
      ...(options.gracefulTimeout === undefined ? {} : { gracefulTimeoutMs: options.gracefulTimeout }),
    }).catch((err: Error) => {
      throw new CliFailure(err.message);
    });
    context.out(startLines(node, fleet, dataDir));
    saveCompiledCode();
    const ended = await Promise.race([signalled, node.failed]);
    if (ended instanceof Error) throw new CliFailure(`the node failed: ${ended.message}`);
    context.err('stopping: requests in flight are finished; again to stop at once\n');
  } finally {
    const unfinished = (await node?.stop())?.unfinished ?? 0;
    if (unfinished > 0) context.err(`${unfinished} exchanges were cut off\n`);
    await bus?.close();
    credentials?.stop();
    lock.release();
  }
}

async function connect(options: Omit<NatsBusOptions, 'role' | 'hooks'>, log: Logger): Promise<NatsBus> {
  const { natsBus } = await import('#shared/nats-bus/nats-bus.ts');
  return natsBus({
    ...options,
    role: 'node',
    hooks: {
      onServer: ({ address, version, warning }) => {
        if (warning !== undefined) log.warn({ code: 'DP1120', address, version, warning }, 'NATS should be newer');
      },
      onFault: (fault) => logFault(fault, log),
    },
  }).catch((err: Error) => {
    throw new OperatingError('bad-config', err.message, { cause: err });
  });
}

/** Coming and going of the connection are told by the node itself; of other faults the first, and then ever fewer. */
function logFault({ kind, message, count }: NatsFault, log: Logger): void {
  const isRare = Number.isInteger(Math.log2(count));
  const level = kind === 'connect' || kind === 'disconnect' || !isRare ? 'debug' : 'warn';
  log[level]({ code: 'DP1119', kind, reason: message, count }, 'a fault of the bus');
}

function logExpiry(expiry: CredentialExpiry, leftMs: number, log: Logger): void {
  const { credential, file, expiresMs } = expiry;
  const fields = { code: 'DP1123', credential, file, expires: new Date(expiresMs).toISOString() } as const;
  log[leftMs <= 0 ? 'error' : 'warn'](fields, expiryText(expiry, leftMs));
}

function startLines(node: RunningNode, fleet: string, dataDir: string): string {
  const { serving, bus, threads } = node.status();
  const addresses = node
    .listeners()
    .map(({ address, port }) => `${address.includes(':') ? `[${address}]` : address}:${port}`);
  const status = node.statusUrl === undefined ? '' : `; status at ${node.statusUrl}/status`;
  return [
    `penstock ${pack.version}: node ${node.name} of fleet ${fleet}, ${count(threads.configured, 'proxy thread')}, data in ${dataDir}${status}`,
    serving === undefined
      ? `nothing to serve on disk: it serves as soon as it has a configuration (NATS: ${bus.detail})`
      : `serves revision ${serving.revision} from disk on ${addresses.join(', ') || 'no address'} (NATS: ${bus.detail})`,
    '',
  ].join('\n');
}

/** Values of a repeatable option; the environment gives them in one text. */
function list(): (text: string, earlier?: readonly string[]) => string[] {
  return (text, earlier = []) => [...earlier, ...text.split(',').filter((one) => one !== '')];
}

/** A node's name is one word of a bus subject. */
function hostNodeName(): string {
  return hostname().replace(/[^A-Za-z0-9_-]+/g, '-') || 'node-1';
}
