/**
 * Every log line's stable code, one per place that logs, and what it means. Codes are never reused: a removed one stays
 * here as a comment. `CP` control plane: 1xxx process, 2xxx store, nodes and
 * publishing, 3xxx admin API. `DP` data plane: 1xxx agent, 2xxx proxy threads.
 */
export const LOG_CODES = {
  CP1001: 'control plane started',
  CP1002: 'control plane stopped',
  CP2001: 'a follower of the event store failed; it goes on a second later',
  CP2002: 'a checkpoint could not be saved; the next start reads more commits',
  CP2003: 'the event store is damaged before its newest checkpoint: it works, but cannot go back there',
  CP2101: 'a message of a node was unreadable or not its own, and was not taken',
  CP2201: 'a snapshot was published',
  CP2202: 'a snapshot could not be published; it is tried again',
  CP2301: 'overrides whose time is up could not be taken back; it is tried again',
  CP2401: 'a stored record of counters cannot be read; it is left as it is, and the node is counted in memory only',
  CP2402: 'counters could not be stored or loaded; they are kept in memory and it is tried again',
  CP2403: 'counters are stored again',
  CP2404: 'a final report of a node could not be read, and was not taken',
  CP2405: 'fleet traffic could not be published; the next one says the same and more',
  CP3001: 'a request to the admin API failed by a fault of the control plane',
  DP1001: 'node started',
  DP1002: 'node stopped',
  DP1003: 'every proxy thread died too often; the node serves nothing any more',
  DP1101: 'a new configuration is served',
  DP1102: 'a configuration was rejected; the errors say why',
  DP1103: 'the node starts with the configuration it has on disk',
  DP1104: 'a snapshot on disk cannot be read; an older one is tried',
  DP1105: 'a snapshot could not be kept on disk; it is served from memory',
  DP1106: 'the folder of snapshots cannot be read; the node waits for the bus',
  DP1107: 'a message on the snapshot key cannot be read at all',
  DP1201: 'a proxy thread died and will be started again',
  DP1202: 'a proxy thread died too often and is given up',
  DP1203: 'a proxy thread cannot come to what the others serve; it is started again',
  DP1204: 'a proxy thread did not drain and was ended',
  DP1301: 'a report or observation could not be published',
  DP1302: 'an acknowledgement could not be published',
  DP1401: 'a worker entered the error state; the reason says why',
  DP1402: 'a worker that was in error has been connected to again',
  DP2001: 'a listening socket failed to accept connections',
} as const;

export type LogCode = keyof typeof LOG_CODES;
