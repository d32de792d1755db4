import { WorkerStatus } from '#shared/definition/worker-status.ts';
import type { WorkerReport } from '#shared/node-message.ts';
import type { Logger } from '../ports.ts';

export type WorkerWatch = ReturnType<typeof createWorkerWatch>;

/** Logs workers entering the error state, with the reason, and leaving it: changes, never states that last. */
export function createWorkerWatch(log: Logger) {
  const inError = new Set<string>();
  const keyOf = (balancer: string, worker: string) => `${balancer} ${worker}`;

  return {
    /** A proxy thread put a worker in error. */
    entered(balancer: string, worker: string, reason: string): void {
      const key = keyOf(balancer, worker);
      // Tried again without success: nothing new.
      if (inError.has(key)) return;
      inError.add(key);
      log.warn({ code: 'DP1401', balancer, worker, reason }, 'worker is in error');
    },

    /** The workers as they are now. Back is who has been connected to since, not who is merely due to be tried. */
    look(workers: readonly WorkerReport[]): void {
      if (inError.size === 0) return;
      const present = new Set<string>();
      for (const { balancer, url, status, retries, errorTimeMs } of workers) {
        const key = keyOf(balancer, url);
        present.add(key);
        if (!inError.has(key) || (status & WorkerStatus.IN_ERROR) !== 0) continue;
        if (retries > 0 || errorTimeMs > 0) continue;
        inError.delete(key);
        log.info({ code: 'DP1402', balancer, worker: url }, 'worker is back');
      }
      for (const key of inError) if (!present.has(key)) inError.delete(key);
    },
  };
}
