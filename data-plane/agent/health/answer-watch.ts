import { WorkerStatus } from '#shared/definition/worker-status.ts';
import type { Scoreboard } from '../../scoreboard/scoreboard.ts';
import type { HealthWorker } from './health-model.ts';

export type AnswerWatch = ReturnType<typeof createAnswerWatch>;

/**
 * Notices that a worker which this node reported as failed answers requests again: it has left the error state, and has since been
 * connected to anew or completed a response. Leaving the error state alone says nothing: it is left to be tried. Responses that
 * were on their way when it failed do not count, as they come while it is in error.
 */
export function createAnswerWatch(scoreboard: Pick<Scoreboard, 'status' | 'errorTimeMs' | 'responses'>) {
  /** Responses completed when the worker was last seen in error, by its key. */
  const responsesInError = new Map<string, bigint>();

  return {
    /** The worker has failed now. */
    failed({ key, slot }: HealthWorker): void {
      responsesInError.set(key, Atomics.load(scoreboard.responses, slot));
    },

    /** Whether it answers again. Asked every so often while it is reported as failed. */
    answers({ key, slot }: HealthWorker): boolean {
      const responses = Atomics.load(scoreboard.responses, slot);
      const inError = (Atomics.load(scoreboard.status, slot) & WorkerStatus.IN_ERROR) !== 0;
      const before = responsesInError.get(key);
      if (inError || before === undefined) {
        responsesInError.set(key, responses);
        return false;
      }
      if (scoreboard.errorTimeMs[slot] !== 0 && responses <= before) return false;
      responsesInError.delete(key);
      return true;
    },

    retain(isConfigured: (key: string) => boolean): void {
      for (const key of responsesInError.keys()) if (!isConfigured(key)) responsesInError.delete(key);
    },
  };
}
