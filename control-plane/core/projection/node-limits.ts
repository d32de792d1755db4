import { DEFINITION_LIMITS } from '#shared/definition/schema.ts';
import type { WorkerReport } from '#shared/node-message.ts';

/**
 * What is kept of what one node says. No node gets there that serves definitions as they may be; one that has gone wild, or is not what
 * it says, takes no more of the control plane than this.
 */
export type LedgerLimits = {
  /** Workers and routes counted, those of earlier runs and those that are gone included. */
  readonly series: number;
  /** Length of its stored record, about: runs and incarnations of the same worker add to it. */
  readonly recordChars: number;
};

export const LEDGER_LIMITS: LedgerLimits = {
  series: 2 * DEFINITION_LIMITS.workers,
  // A record is one string for a moment: with every character escaped, it has to stay one that V8 can make.
  recordChars: 64 * 1024 * 1024,
};

/** Rows of a node's scoreboard: all workers of the fleet, and some of earlier configurations with requests in progress. */
export const MAX_NODE_ROWS = DEFINITION_LIMITS.workers + 20_000;

/** A boot's id is a UUID. */
export const MAX_BOOT_ID = 128;

/** Of names of owner and worker together: the schema allows 896 and 383 characters, each of which may be two UTF-16 units here. */
export const MAX_WORKER_KEY = 4_096;

/** Of a virtual host and a route together, whose path or pattern the schema allows 8,190 characters. */
export const MAX_ROUTE_KEY = 20_000;

/** Whether all that names a worker, and where it sends to, is as long as it may be. */
export function isSaneRow({ balancer, url, route, redirect }: WorkerReport): boolean {
  return balancer.length + url.length + route.length + redirect.length <= MAX_WORKER_KEY;
}

/** Longest reason kept of an opinion. */
export const MAX_REASON = 200;
