import type { Durability, StoreInspection } from '../ports.ts';
import type { RedisConnection } from './redis-connection.ts';
import { listOf, textOf } from './redis-reply.ts';

/** What a Redis says about itself. Undefined: it did not say, as its ACL may have it. */
export type RedisFacts = {
  readonly version: string | undefined;
  readonly role: string | undefined;
  readonly loading: boolean;
  readonly appendonly: boolean | undefined;
  readonly appendfsync: string | undefined;
  /** The last write or rewrite of the append-only file went well. */
  readonly aofHealthy: boolean;
  readonly maxmemoryPolicy: string | undefined;
  /** Connected now. */
  readonly replicas: number;
  readonly minReplicasToWrite: number | undefined;
  /** Its clock before ours, milliseconds. */
  readonly clockAheadMs: number;
};

/** The oldest release with XTRIM MINID, XADD in scripts by time, and HELLO. */
const OLDEST = [6, 2] as const;
const MAX_CLOCK_SKEW_MS = 2_000;

/** Asks the server that holds a key. @throws OperatingError as `RedisConnection.pipeline` */
export async function readRedisFacts(
  connection: RedisConnection,
  key: string,
  clock: () => number,
): Promise<RedisFacts> {
  const config = (name: string) => ['CONFIG', 'GET', name] as const;
  const [, info, time, ...settings] = await connection.pipeline([
    ['EXISTS', key],
    ['INFO'],
    ['TIME'],
    config('appendfsync'),
    config('appendonly'),
    config('maxmemory-policy'),
    config('min-replicas-to-write'),
  ]);
  const now = clock();
  const fields = infoFields(info);
  const [appendfsync, appendonly, policy, minReplicas] = settings.map((reply) =>
    reply instanceof Error ? undefined : textOf(listOf(reply)[1]),
  );
  const aof = fields.get('aof_enabled') ?? (appendonly && (appendonly === 'yes' ? '1' : '0'));
  const [seconds] = listOf(time instanceof Error ? [] : time);
  return {
    version: fields.get('redis_version'),
    role: fields.get('role'),
    loading: fields.get('loading') === '1',
    appendonly: aof === undefined ? undefined : aof === '1',
    appendfsync,
    aofHealthy: [fields.get('aof_last_write_status'), fields.get('aof_last_bgrewrite_status')].every(
      (status) => status === undefined || status === 'ok',
    ),
    maxmemoryPolicy: policy ?? fields.get('maxmemory_policy'),
    replicas: Number(fields.get('connected_slaves') ?? 0),
    minReplicasToWrite: minReplicas === undefined ? undefined : Number(minReplicas),
    clockAheadMs: seconds === undefined ? 0 : Number(textOf(seconds)) * 1_000 - now,
  };
}

/** Why this release cannot be used; undefined when it can, or does not say which it is. */
export function unsupportedRelease({ version }: RedisFacts): string | undefined {
  const [major, minor] = (version ?? '').split('.').map(Number);
  if (major === undefined || minor === undefined) return undefined;
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  return isOld ? `it is release ${version}: want ${OLDEST.join('.')} or later` : undefined;
}

/** What an append survives that so many replicas confirmed. */
export function durabilityOf(facts: RedisFacts | undefined, replicas: number): Durability {
  if (replicas > 0) return { level: 'replicated', replicas };
  const isSynced = facts?.appendonly === true && facts.appendfsync === 'always';
  return { level: isSynced ? 'disk' : 'memory', replicas: 0 };
}

/** Says what the store promises, and what would be right where it is less. @param waitReplicas as set; undefined: those there are */
export function describeRedis(name: string, facts: RedisFacts, waitReplicas: number | undefined): StoreInspection {
  return {
    name: facts.version === undefined ? name : name.replace(/^redis/, `redis ${facts.version}`),
    reachable: true,
    durability: durabilityInWords(facts, waitReplicas),
    warnings: warningsOf(facts, waitReplicas),
  };
}

function durabilityInWords(facts: RedisFacts, waitReplicas: number | undefined): string {
  const { appendonly, appendfsync, replicas } = facts;
  const local =
    appendonly === false
      ? 'A commit is lost when Redis restarts'
      : appendonly === undefined || appendfsync === undefined
        ? 'What an append survives is not known, as Redis does not tell its settings'
        : appendfsync === 'always'
          ? 'A commit survives a crash of Redis and of its machine'
          : appendfsync === 'everysec'
            ? 'A commit survives a crash of Redis; a crash of its machine loses up to a second of commits'
            : 'A commit survives a crash of Redis; a crash of its machine loses what the system had not written yet';
  const wanted = waitReplicas ?? (replicas > 0 ? 1 : 0);
  if (wanted === 0) return `${local}. No replica confirms it: the loss of that disk loses the history.`;
  const plural = wanted === 1 ? 'a replica' : `${wanted} replicas`;
  return `${local}. It is confirmed by ${plural} where they answer in time; the answer to each command says so.`;
}

function warningsOf(facts: RedisFacts, waitReplicas: number | undefined): readonly string[] {
  const warnings: string[] = [];
  const { appendonly, appendfsync, maxmemoryPolicy, replicas, minReplicasToWrite, clockAheadMs } = facts;
  if (facts.loading) warnings.push('Redis is loading its data: nothing can be read or written until it has');
  if (facts.role === 'slave') warnings.push('this Redis is a replica and takes no writes: name the primary');
  if (appendonly === false) warnings.push('appendonly is no: want appendonly yes, or a restart of Redis loses commits');
  if (appendonly === undefined) warnings.push('appendonly could not be checked: want appendonly yes');
  if (appendonly !== false && appendfsync === undefined) {
    warnings.push('appendfsync could not be checked, as CONFIG GET was refused: want appendfsync always');
  }
  if (appendonly === true && appendfsync !== undefined && appendfsync !== 'always') {
    warnings.push(`appendfsync is ${appendfsync}: want always, or a power cut loses commits that were acknowledged`);
  }
  if (!facts.aofHealthy) warnings.push('the last write of the append-only file failed: look at the disk of Redis');
  if (maxmemoryPolicy === undefined) warnings.push('maxmemory-policy could not be checked: want noeviction');
  else if (maxmemoryPolicy !== 'noeviction') {
    warnings.push(
      `maxmemory-policy is ${maxmemoryPolicy}: want noeviction, or a full memory drops the fleet's history`,
    );
  }
  if (waitReplicas !== undefined && replicas < waitReplicas) {
    warnings.push(`${replicas} replicas are connected, ${waitReplicas} are to confirm each append`);
  }
  if (replicas > 0 && minReplicasToWrite === 0) {
    warnings.push(
      'min-replicas-to-write is 0: want 1, or a primary cut off from its replicas takes commits that a failover loses',
    );
  }
  if (Math.abs(clockAheadMs) > MAX_CLOCK_SKEW_MS) {
    const way = clockAheadMs > 0 ? 'ahead' : 'behind';
    warnings.push(`its clock is ${Math.round(Math.abs(clockAheadMs) / 1_000)} s ${way} of ours: synchronise both`);
  }
  return warnings;
}

function infoFields(info: unknown): ReadonlyMap<string, string> {
  if (info instanceof Error) return new Map();
  const lines = textOf(info).split('\r\n');
  return new Map(lines.filter((line) => line.includes(':')).map((line) => splitField(line)));
}

function splitField(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1)];
}
