import { WorkerStatus } from '#shared/definition/worker-status.ts';
import type { Scoreboard } from '../../scoreboard/scoreboard.ts';
import type { HealthWorker } from './health-model.ts';

export type AnswerWatch = ReturnType<typeof createAnswerWatch>;

/**
 * Notices that a worker which this node reported as failed answers requests again: it has left the error state, and has since been
 * connected to anew or completed a response. Leaving the error state alone says nothing: it is left to be tried. Responses that
 * were on their way when it failed do not count, as they come while it is in error; nor do those that come while it is out by its
 * health checks, which have the last word.
 */
export function createAnswerWatch(scoreboard: Pick<Scoreboard, 'status' | 'errorTimeMs' | 'responses'>) {
  /** Responses completed when the worker was last seen out, by its key. */
  const responsesWhileOut = new Map<string, bigint>();

  return {
    /** The worker has failed now. */
    failed({ key, slot }: HealthWorker): void {
      responsesWhileOut.set(key, Atomics.load(scoreboard.responses, slot));
    },

    /** Whether it answers again. Asked every so often while it is reported as failed. */
    answers({ key, slot }: HealthWorker): boolean {
      const responses = Atomics.load(scoreboard.responses, slot);
      const isOut = (Atomics.load(scoreboard.status, slot) & (WorkerStatus.IN_ERROR | WorkerStatus.HC_FAIL)) !== 0;
      const before = responsesWhileOut.get(key);
      if (isOut || before === undefined) {
        responsesWhileOut.set(key, responses);
        return false;
      }
      if (scoreboard.errorTimeMs[slot] !== 0 && responses <= before) return false;
      responsesWhileOut.delete(key);
      return true;
    },

    retain(isConfigured: (key: string) => boolean): void {
      for (const key of responsesWhileOut.keys()) if (!isConfigured(key)) responsesWhileOut.delete(key);
    },
  };
}
