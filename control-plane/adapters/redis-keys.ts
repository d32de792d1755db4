/** The keys of a fleet. The braces make Redis Cluster keep all of them in one slot, so that scripts may touch several. */
export function redisKeys(fleet: string) {
  const prefix = `penstock:{${fleet}}:`;
  return {
    /** Stream: one commit per entry, its revision the entry's id; fields prev, hash, bytes. */
    commits: `${prefix}commits`,
    /** Hash: format, revision, hash. The truth about where the chain ends, also when the stream is trimmed empty. */
    head: `${prefix}head`,
    /** String with an expiry: what a command did. */
    command: (commandId: string) => `${prefix}command:${commandId}`,
    /** Hash: digest and fold state by revision. */
    checkpoints: `${prefix}checkpoints`,
    /** Stream: one health entry per entry; fields prev, mark, time, events. */
    health: `${prefix}health`,
    /** Hash: version, mark, time of the newest health entry. */
    healthHead: `${prefix}health-head`,
    healthCheckpoints: `${prefix}health-checkpoints`,
    /** Hash: version and bytes by key, `<version>:<bytes>`. */
    records: (kind: string) => `${prefix}record:${kind}`,
    /** Counter that versions of records are taken from. */
    recordVersion: (kind: string) => `${prefix}record-version:${kind}`,
  };
}

export type RedisKeys = ReturnType<typeof redisKeys>;
