import type { Configuration, Identity } from './agent/follower-state.ts';
import type { FromThread, ThreadData, ToThread } from './proxy/thread-message.ts';

/** What the agent needs from outside, as small types. */

/** pino's, as far as it is used. */
export type Logger = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

/** Starts a proxy thread. */
export type StartThread = (data: ThreadData, events: ThreadEvents) => ThreadHandle;

export type ThreadEvents = {
  readonly onMessage: (message: FromThread) => void;
  /** Once, and the last event: it ended, by its fault (`error`) or because it was told to. */
  readonly onExit: (error: Error | undefined) => void;
};

export type ThreadHandle = {
  post(message: ToThread): void;
  /** Ends it at once. */
  terminate(): void;
};

/** The node's copy of configurations it has served. */
export type ConfigurationStore = {
  /** Names of what is kept, newest first. Rejects if the disk cannot be read. */
  list(): Promise<readonly string[]>;
  /** Reads and proves one; undefined if it cannot be. */
  read(name: string): Promise<Configuration | undefined>;
  /**
   * Durable when it returns; rejects if the disk refuses. Keeps the last three.
   *
   * @param spare kept besides, if they are there
   * @param crashed not counted among the three: they crashed the node
   */
  save(configuration: Configuration, spare: readonly Identity[], crashed: readonly Identity[]): Promise<void>;
};

/**
 * Holds an address for an instant, exclusively.
 *
 * @param port 0 for any
 * @returns the port held, or why not
 */
export type ProbeAddress = (
  address: string,
  port: number,
) => Promise<{ readonly port: number } | { readonly code: string; readonly text: string }>;
