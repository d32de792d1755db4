/**
 * Every log line's stable code, one per place that logs, and what it means. Codes are never reused: a removed one stays
 * here as a comment. `CP` control plane, `DP` data plane: 1xxx agent, 2xxx proxy threads.
 */
export const LOG_CODES = {
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
  DP2001: 'a listening socket failed to accept connections',
} as const;

export type LogCode = keyof typeof LOG_CODES;
