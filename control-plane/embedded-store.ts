import { join } from 'node:path';
import { lockDataDir } from './adapters/data-dir-lock.ts';
import { sqliteFleetStore } from './adapters/sqlite-fleet-store.ts';
import type { ControlPlaneConfig } from './config.ts';
import type { Logger } from './log.ts';
import type { Clock, FleetStore } from './ports.ts';

/**
 * The store of one machine: SQLite in a data directory that is ours until it is closed.
 *
 * @throws OperatingError when the directory is in use, or the store is damaged or another fleet's
 */
export function openEmbeddedStore(
  dataDir: string,
  { fleet, commandRetentionMs, healthRetentionMs }: ControlPlaneConfig,
  clock: Clock,
  log: Logger,
): FleetStore {
  const lock = lockDataDir(dataDir);
  try {
    const store = sqliteFleetStore({
      path: join(dataDir, 'events.db'),
      fleet,
      clock,
      commandRetentionMs,
      healthRetentionMs,
      onTailError: (err) => log.error({ code: 'CP2001', err }, 'a follower of the event store failed'),
    });
    return {
      ...store,
      async close() {
        await store.close();
        lock.release();
      },
    };
  } catch (err) {
    lock.release();
    throw err;
  }
}
