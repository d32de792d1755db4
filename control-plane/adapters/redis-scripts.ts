import { GENESIS_HASH } from '#shared/event/commit-chain.ts';
import { redisScript } from './redis-connection.ts';

/**
 * Everything that changes a fleet's keys, each change in one script: Redis runs a script alone and keeps all of it. All of them
 * may be sent twice. Numbers travel as decimal text, so that none is rounded.
 */

/** What this build writes into the head. */
export const STORE_FORMAT = 1;

/** The head of the commits as local variables; a stream without a head was not made by us, or has lost it. */
const HEAD = (head: string, commits: string) => `
  local stored = redis.call('HMGET', ${head}, 'revision', 'hash')
  local revision, hash = stored[1] or '0', stored[2] or '${GENESIS_HASH}'
  if not stored[1] and redis.call('EXISTS', ${commits}) == 1 then return {'headless'} end`;

/**
 * KEYS head, commits, command. What an append needs to know before the commit's bytes can be made.
 *
 * @returns revision, hash, seconds, microseconds, command record or null
 */
export const PREPARE = redisScript(`${HEAD('KEYS[1]', 'KEYS[2]')}
  local time = redis.call('TIME')
  return {revision, hash, time[1], time[2], redis.call('GET', KEYS[3])}`);

/**
 * KEYS head, commits, command. ARGV expected revision, expected hash, command record, its life in ms, and for a commit: new revision,
 * new hash, bytes.
 */
export const APPEND = redisScript(`
  local known = redis.call('GET', KEYS[3])
  if known then return {'duplicate', known} end
  ${HEAD('KEYS[1]', 'KEYS[2]')}
  if revision ~= ARGV[1] or hash ~= ARGV[2] then return {'conflict', revision, hash} end
  if ARGV[5] then
    redis.call('XADD', KEYS[2], ARGV[5] .. '-0', 'prev', hash, 'hash', ARGV[6], 'bytes', ARGV[7])
    redis.call('HSET', KEYS[1], 'format', '${STORE_FORMAT}', 'revision', ARGV[5], 'hash', ARGV[6])
  end
  redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])
  return {'done'}`);

/**
 * KEYS head, commits, then the command of each lost commit. ARGV expected revision, expected hash, life of command records in ms, then
 * revision, hash, bytes and command record of each lost commit.
 */
export const RESTORE = redisScript(`${HEAD('KEYS[1]', 'KEYS[2]')}
  if revision == ARGV[#ARGV - 3] and hash == ARGV[#ARGV - 2] then return {'done'} end
  if revision ~= ARGV[1] or hash ~= ARGV[2] then return {'conflict', revision, hash} end
  for i = 4, #ARGV, 4 do
    redis.call('XADD', KEYS[2], ARGV[i] .. '-0', 'prev', hash, 'hash', ARGV[i + 1], 'bytes', ARGV[i + 2])
    redis.call('SET', KEYS[2 + i / 4], ARGV[i + 3], 'PX', ARGV[3], 'NX')
    revision, hash = ARGV[i], ARGV[i + 1]
  end
  redis.call('HSET', KEYS[1], 'format', '${STORE_FORMAT}', 'revision', revision, 'hash', hash)
  return {'done'}`);

/** Keeps the newest ARGV[keep] fields of a hash whose fields are numbers; leaves the oldest kept one in \`oldest\`. */
const KEEP_NEWEST = (key: string, keep: string) => `
  local fields = redis.call('HKEYS', ${key})
  table.sort(fields, function(a, b) return tonumber(a) > tonumber(b) end)
  for i = ${keep} + 1, #fields do redis.call('HDEL', ${key}, fields[i]) end
  local oldest = fields[math.min(#fields, tonumber(${keep}))]`;

/** KEYS head, commits, checkpoints. ARGV revision, hash, value, how many to keep. */
export const SAVE_CHECKPOINT = redisScript(`${HEAD('KEYS[1]', 'KEYS[2]')}
  if tonumber(ARGV[1]) > tonumber(revision) or (ARGV[1] == revision and ARGV[2] ~= hash) then
    return {'conflict', revision, hash}
  end
  redis.call('HSET', KEYS[3], ARGV[1], ARGV[3])
  ${KEEP_NEWEST('KEYS[3]', 'ARGV[4]')}
  return {'done'}`);

/** KEYS commits, checkpoints. ARGV the revision of a checkpoint: commits before it are forgotten, if it still is one. */
export const TRIM = redisScript(`
  if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then return {'gone'} end
  redis.call('XTRIM', KEYS[1], 'MINID', '=', ARGV[1] .. '-0')
  for _, field in ipairs(redis.call('HKEYS', KEYS[2])) do
    if tonumber(field) < tonumber(ARGV[1]) then redis.call('HDEL', KEYS[2], field) end
  end
  return {'done'}`);

/** Epoch milliseconds as text. */
const NOW = `
  local time = redis.call('TIME')
  local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))`;

/** KEYS health-head, health. ARGV expected version, a mark of this attempt, events. @returns version and time, or the version there */
export const APPEND_HEALTH = redisScript(`
  local stored = redis.call('HMGET', KEYS[1], 'version', 'mark', 'time')
  local version, mark = stored[1] or '0', stored[2] or ''
  if mark == ARGV[2] then return {'done', version, stored[3]} end
  if not stored[1] and redis.call('EXISTS', KEYS[2]) == 1 then return {'headless'} end
  if version ~= ARGV[1] then return {'conflict', version} end
  if ARGV[4] ~= '' and ARGV[4] ~= mark then return {'conflict', string.format('%.0f', tonumber(version) - 1)} end
  ${NOW}
  version = string.format('%.0f', tonumber(version) + 1)
  redis.call('XADD', KEYS[2], version .. '-0', 'prev', mark, 'mark', ARGV[2], 'time', now, 'events', ARGV[3])
  redis.call('HSET', KEYS[1], 'version', version, 'mark', ARGV[2], 'time', now)
  return {'done', version, now}`);

/**
 * KEYS health-head, health, health-checkpoints. ARGV version, value, how many to keep, retention in ms, mark of the entry at that
 * version. Entries behind the oldest checkpoint kept and older than the retention go; the first that is young enough is found by halving.
 */
export const SAVE_HEALTH_CHECKPOINT = redisScript(`
  local fields = (redis.call('XRANGE', KEYS[2], ARGV[1] .. '-0', ARGV[1] .. '-0')[1] or {})[2] or {}
  local mark
  for i = 1, #fields, 2 do if fields[i] == 'mark' then mark = fields[i + 1] end end
  if mark ~= ARGV[5] then return {'conflict'} end
  redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
  ${KEEP_NEWEST('KEYS[3]', 'ARGV[3]')}
  local first = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
  if not first then return {'done'} end
  ${NOW}
  local cutoff = tonumber(now) - tonumber(ARGV[4])
  local low = tonumber(string.match(first[1], '^%d+'))
  local high = math.min(tonumber(oldest), tonumber(redis.call('HGET', KEYS[1], 'version') or '0'))
  while low < high do
    local middle = math.floor((low + high) / 2)
    local entry = redis.call('XRANGE', KEYS[2], string.format('%.0f-0', middle), '+', 'COUNT', 1)[1]
    local fields, at = entry and entry[2] or {}, nil
    for i = 1, #fields, 2 do if fields[i] == 'time' then at = tonumber(fields[i + 1]) end end
    if at and at < cutoff then low = middle + 1 else high = middle end
  end
  redis.call('XTRIM', KEYS[2], 'MINID', '=', string.format('%.0f-0', low))
  return {'done'}`);

/** KEYS records, record-version. ARGV key, expected version, bytes. */
export const SAVE_RECORD = redisScript(`
  local current = redis.call('HGET', KEYS[1], ARGV[1])
  local version = current and string.match(current, '^%d+') or '0'
  if version ~= ARGV[2] then return {'conflict', current} end
  version = string.format('%.0f', redis.call('INCR', KEYS[2]))
  redis.call('HSET', KEYS[1], ARGV[1], version .. ':' .. ARGV[3])
  return {'done', version}`);
