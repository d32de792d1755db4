import { hostname } from 'node:os';
import { Command, Option } from 'commander';
import { readSigningKeys, type SigningKey } from '#shared/snapshot/signature.ts';
import pack from '../../../package.json' with { type: 'json' };
import { redisTlsOptions } from '../../adapters/redis-tls.ts';
import { parseRedisUrl } from '../../adapters/redis-url.ts';
import { type ConfigInput, controlPlaneConfig, DEFAULT_ADMIN, DEFAULT_FLEET } from '../../config.ts';
import { OperatingError } from '../../operating-error.ts';
import {
  type NatsFlags,
  natsOptions,
  type RedisFlags,
  readSetting,
  withNats,
  withRedis,
} from '../connection-options.ts';
import type { CliContext } from '../context.ts';
import { logTo, withLogLevel } from '../log.ts';
import { collectList, integerArgument, nodeNameArgument } from '../options.ts';
import { firstSignal } from '../signals.ts';

type Options = NatsFlags &
  RedisFlags & {
    readonly fleet?: string;
    readonly name?: string;
    readonly admin?: string;
    readonly tokenFile?: string;
    readonly allowHost: readonly string[];
    readonly signingKey: readonly string[];
    readonly waitReplicas?: number;
    readonly streamReplicas?: number;
    readonly healthPeriod?: number;
    readonly countersSave?: number;
    readonly logLevel?: string;
  };

/** `penstock control-plane`: one replica of a fleet's control plane, on Redis and NATS. Any number may run. */
export function controlPlaneCommand(context: CliContext): Command {
  const command = new Command('control-plane')
    .description("run a replica of a fleet's control plane, on Redis and NATS")
    .addOption(new Option('--fleet <name>', `name of the fleet (default: ${DEFAULT_FLEET})`).env('PENSTOCK_FLEET'))
    .addOption(
      new Option('--name <name>', "name of this replica (default: the host's)")
        .env('PENSTOCK_NAME')
        .argParser(nodeNameArgument),
    )
    .addOption(
      new Option('--admin <host:port>', `address of the admin API (default: ${DEFAULT_ADMIN})`).env('PENSTOCK_ADMIN'),
    )
    .option('--token-file <file>', 'file with the access token of the admin API (env: PENSTOCK_TOKEN)')
    .addOption(several('--allow-host <name>', 'a name the admin API may be called by', 'PENSTOCK_ALLOW_HOSTS'))
    .addOption(
      several('--signing-key <file>', 'signs configurations, PEM (see penstock keygen)', 'PENSTOCK_SIGNING_KEYS'),
    )
    .addOption(
      new Option('--wait-replicas <n>', 'Redis replicas that must confirm a commit (default: 1 if there are any)')
        .env('PENSTOCK_WAIT_REPLICAS')
        .argParser(integerArgument(0, 16)),
    )
    .addOption(
      new Option('--stream-replicas <n>', "copies of the fleet's stream in a NATS cluster (default: 1)")
        .env('PENSTOCK_STREAM_REPLICAS')
        .argParser(integerArgument(1, 5)),
    )
    .addOption(
      new Option('--health-period <ms>', 'how far apart verdicts are sent at most, changes at once (default: 5000)')
        .env('PENSTOCK_HEALTH_PERIOD')
        .argParser(integerArgument(100, 60_000)),
    )
    .addOption(
      new Option('--counters-save <ms>', 'how far apart counters are saved at most')
        .argParser(integerArgument(100, 60_000))
        .hideHelp(),
    );
  return withLogLevel(withRedis(withNats(command))).action((options: Options) => run(context, options));
}

function several(flag: string, what: string, variable: string): Option {
  return new Option(flag, `${what} (repeatable; joined by commas in the environment)`)
    .env(variable)
    .argParser(collectList)
    .default([], 'none');
}

async function run(context: CliContext, options: Options): Promise<void> {
  const mistakes: string[] = [];
  const nats = natsOptions(options, mistakes);
  const redis = redisOptions(options, mistakes);
  const signingKeys = options.signingKey.flatMap((file) => signingKeysIn(file, mistakes));
  const config = configOf(context, options, mistakes);
  if (mistakes.length > 0 || config === undefined) throw new OperatingError('bad-config', mistakes.join('\n'));

  const signalled = firstSignal(context);
  const stopping = new AbortController();
  void signalled.then(() => stopping.abort());
  const { startReplica } = await import('../../replica.ts');
  const log = await logTo(options.logLevel);
  const name = options.name ?? hostname().replace(/[^A-Za-z0-9_-]+/g, '-');
  const replica = await startReplica({
    name,
    config: {
      ...config,
      ...(options.healthPeriod === undefined ? {} : { healthPeriodMs: options.healthPeriod }),
      ...(options.countersSave === undefined ? {} : { countersSaveMs: options.countersSave }),
    },
    redis: { ...redis, ...(options.waitReplicas === undefined ? {} : { waitReplicas: options.waitReplicas }) },
    nats: { ...nats, ...(options.streamReplicas === undefined ? {} : { replicas: options.streamReplicas }) },
    signingKeys,
    log,
    stopping: stopping.signal,
  });
  if (replica === undefined) return;
  context.out(
    `penstock ${pack.version}: control plane of fleet ${config.fleet}, replica ${name}, on ${replica.store}\n`,
  );
  context.out(`admin API at ${replica.url}\n`);
  await signalled;
  await replica.stop();
}

function configOf({ env }: CliContext, options: Options, mistakes: string[]) {
  const { fleet, admin, tokenFile, allowHost } = options;
  const input: ConfigInput = {
    ...(fleet === undefined ? {} : { fleet }),
    ...(admin === undefined ? {} : { admin }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    allowedHosts: allowHost,
    env,
  };
  try {
    return controlPlaneConfig(input);
  } catch (err) {
    if (!(err instanceof OperatingError)) throw err;
    mistakes.push(err.message);
    return undefined;
  }
}

function redisOptions({ redis, redisPasswordFile, redisCa, redisCert, redisKey }: Options, mistakes: string[]) {
  if (redis === undefined) {
    mistakes.push('Redis is not named: set --redis or PENSTOCK_REDIS, for example redis://127.0.0.1:6379');
  }
  const password =
    redisPasswordFile === undefined ? undefined : readSetting('password file', redisPasswordFile, mistakes);
  const tls = {
    ...(redisCa === undefined ? {} : { caFile: redisCa }),
    ...(redisCert === undefined ? {} : { certFile: redisCert }),
    ...(redisKey === undefined ? {} : { keyFile: redisKey }),
  };
  try {
    if (redis !== undefined) redisTlsOptions(tls, parseRedisUrl(redis).tls);
  } catch (err) {
    mistakes.push(err instanceof Error ? err.message : String(err));
  }
  return {
    url: redis ?? '',
    ...(password === undefined ? {} : { password }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}

function signingKeysIn(file: string, mistakes: string[]): readonly SigningKey[] {
  const pem = readSetting('signing key', file, mistakes);
  if (pem === '') return [];
  try {
    return readSigningKeys(pem, file);
  } catch (err) {
    mistakes.push(err instanceof Error ? err.message : String(err));
    return [];
  }
}
