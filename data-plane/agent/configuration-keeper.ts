import type { NodeError } from '#shared/node-message.ts';
import type { ConfigurationStore, Logger } from '../ports.ts';
import type { Configuration } from './follower-state.ts';
import type { ProbationKeeper } from './probation-keeper.ts';

/** Between attempts to keep what the disk refused, milliseconds: doubled each time. */
const AGAIN_MS = { first: 2_000, most: 60_000 } as const;

export type ConfigurationKeeper = ReturnType<typeof createConfigurationKeeper>;

/**
 * Keeps what is served on disk. What the disk refuses is served all the same, and kept as soon as it can be: a node that starts again
 * before that starts with an older one.
 */
export function createConfigurationKeeper(options: {
  readonly store: ConfigurationStore;
  readonly probation: Pick<ProbationKeeper, 'proven' | 'crashed'>;
  readonly log: Logger;
}) {
  const { store, probation, log } = options;
  let fault: NodeError | undefined;
  let timer: NodeJS.Timeout | undefined;
  let saving: Promise<unknown> = Promise.resolve();
  let stopped = false;

  async function save(configuration: Configuration): Promise<void> {
    const { revision } = configuration.head;
    try {
      await store.save(configuration, probation.proven(), probation.crashed());
      if (fault !== undefined) log.info({ code: 'DP1124', snapshotVersion: revision }, 'kept on disk again');
      fault = undefined;
    } catch (err) {
      const level = fault === undefined ? 'error' : 'debug';
      log[level]({ code: 'DP1105', snapshotVersion: revision, err }, 'configuration could not be kept on disk');
      const text = `could not be kept on disk: ${(err as Error).message}`;
      fault = { object: `snapshot ${revision}`, code: 'storage', text };
    }
  }

  /** One after the other: each tidies up after itself. */
  function saveInTurn(configuration: Configuration, againMs: number): Promise<void> {
    clearTimeout(timer);
    const turn = saving.then(async () => {
      await save(configuration);
      clearTimeout(timer);
      if (fault === undefined || stopped) return;
      const nextMs = Math.min(againMs * 2, AGAIN_MS.most);
      timer = setTimeout(() => void saveInTurn(configuration, nextMs), againMs);
    });
    saving = turn;
    return turn;
  }

  return {
    /** @returns why it could not be kept; it is tried again until it, or one after it, is */
    async keep(configuration: Configuration): Promise<readonly NodeError[]> {
      await saveInTurn(configuration, AGAIN_MS.first);
      return fault === undefined ? [] : [fault];
    },

    /** What is served is not on disk: why. */
    fault: (): NodeError | undefined => fault,

    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      await saving;
    },
  };
}
