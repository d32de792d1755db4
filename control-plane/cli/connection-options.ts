import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type NatsBusOptions, type NatsCredentials, type NatsTls, natsSettings } from '#shared/nats-bus/settings.ts';

/** Flags that say how to reach NATS, the same for replicas and nodes; each has a variable of the environment. */
export type NatsFlags = {
  readonly nats?: string;
  readonly natsCreds?: string;
  readonly natsNkey?: string;
  readonly natsUser?: string;
  readonly natsPasswordFile?: string;
  readonly natsTokenFile?: string;
  readonly natsCa?: string;
  readonly natsCert?: string;
  readonly natsKey?: string;
};

export function withNats(command: Command): Command {
  const file = (flag: string, what: string, variable: string) =>
    command.addOption(new Option(`--nats-${flag} <file>`, what).env(variable));
  command.addOption(new Option('--nats <urls>', 'NATS servers, joined by commas').env('PENSTOCK_NATS'));
  file('creds', 'NATS: credentials file (JWT and seed)', 'PENSTOCK_NATS_CREDS');
  file('nkey', 'NATS: file with an nkey seed', 'PENSTOCK_NATS_NKEY');
  command.addOption(new Option('--nats-user <name>', 'NATS: user').env('PENSTOCK_NATS_USER'));
  file('password-file', "NATS: file with the user's password", 'PENSTOCK_NATS_PASSWORD_FILE');
  file('token-file', 'NATS: file with a token', 'PENSTOCK_NATS_TOKEN_FILE');
  file('ca', 'NATS: authorities to trust, PEM', 'PENSTOCK_NATS_CA');
  file('cert', 'NATS: own certificate, PEM', 'PENSTOCK_NATS_CERT');
  file('key', 'NATS: key of the own certificate, PEM', 'PENSTOCK_NATS_KEY');
  return command;
}

/** NATS as the flags say; mistakes are told in words. */
export function natsOptions(
  flags: NatsFlags,
  mistakes: string[],
): Pick<NatsBusOptions, 'servers' | 'credentials' | 'tls'> {
  if (flags.nats === undefined)
    mistakes.push('NATS is not named: set --nats or PENSTOCK_NATS, for example nats://127.0.0.1:4222');
  const credentials = credentialsOf(flags, mistakes);
  const tls: NatsTls = {
    ...(flags.natsCa === undefined ? {} : { caFile: flags.natsCa }),
    ...(flags.natsCert === undefined ? {} : { certFile: flags.natsCert }),
    ...(flags.natsKey === undefined ? {} : { keyFile: flags.natsKey }),
  };
  const options = {
    servers: flags.nats ?? '',
    ...(credentials === undefined ? {} : { credentials }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
  try {
    // The rest of the settings are checked elsewhere.
    if (flags.nats !== undefined) natsSettings({ ...options, fleet: 'any', name: 'any', role: 'node' });
  } catch (err) {
    mistakes.push(err instanceof Error ? err.message : String(err));
  }
  return options;
}

function credentialsOf(flags: NatsFlags, mistakes: string[]): NatsCredentials | undefined {
  const { natsCreds, natsNkey, natsUser, natsPasswordFile, natsTokenFile } = flags;
  const given = [natsCreds, natsNkey, natsUser, natsTokenFile].filter((flag) => flag !== undefined);
  if (given.length > 1) {
    mistakes.push(
      'several kinds of NATS credentials are given: want one of --nats-creds, --nats-nkey, --nats-user, --nats-token-file',
    );
  }
  if ((natsUser === undefined) !== (natsPasswordFile === undefined)) {
    mistakes.push('--nats-user and --nats-password-file go together');
    return undefined;
  }
  if (natsCreds !== undefined) return { credsFile: natsCreds };
  if (natsNkey !== undefined) return { nkeySeedFile: natsNkey };
  if (natsUser !== undefined && natsPasswordFile !== undefined)
    return { user: natsUser, passwordFile: natsPasswordFile };
  return natsTokenFile === undefined ? undefined : { tokenFile: natsTokenFile };
}

/** Flags that say how to reach Redis. */
export type RedisFlags = {
  readonly redis?: string;
  readonly redisPasswordFile?: string;
  readonly redisCa?: string;
  readonly redisCert?: string;
  readonly redisKey?: string;
};

export function withRedis(command: Command): Command {
  const add = (flag: string, what: string, variable: string) => command.addOption(new Option(flag, what).env(variable));
  add('--redis <url>', 'redis://, rediss://, redis+sentinel:// or redis+cluster:// URL', 'PENSTOCK_REDIS');
  add('--redis-password-file <file>', 'Redis: file with the password', 'PENSTOCK_REDIS_PASSWORD_FILE');
  add('--redis-ca <file>', 'Redis: authorities to trust, PEM', 'PENSTOCK_REDIS_CA');
  add('--redis-cert <file>', 'Redis: own certificate, PEM', 'PENSTOCK_REDIS_CERT');
  add('--redis-key <file>', 'Redis: key of the own certificate, PEM', 'PENSTOCK_REDIS_KEY');
  return command;
}

/** Reads a file that a setting names; what is wrong goes to `mistakes`. */
export function readSetting(name: string, file: string, mistakes: string[]): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (err) {
    const { code, message } = err as NodeJS.ErrnoException;
    mistakes.push(`${name} ${file} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : message}`);
    return '';
  }
}
