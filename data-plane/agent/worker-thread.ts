import { Worker } from 'node:worker_threads';
import type { StartThread } from '../ports.ts';
import type { FromThread, ToThread } from '../proxy/thread-message.ts';

/** Proxy threads as `node:worker_threads`. @param script module to run */
export function workerThreads(script: URL): StartThread {
  return (workerData, { onMessage, onExit }) => {
    const worker = new Worker(script, { workerData, name: `proxy-${workerData.thread}` });
    let failure: Error | undefined;
    worker.on('message', (message: FromThread) => onMessage(message));
    worker.on('error', (error) => {
      failure = error instanceof Error ? error : new Error(String(error));
    });
    worker.on('messageerror', (error) => {
      failure = error;
      void worker.terminate();
    });
    worker.on('exit', (code) => {
      // `terminate` gives 1 as well; whoever called it knows that the exit was wanted.
      onExit(failure ?? (code === 0 ? undefined : new Error(`exit code ${code}`)));
    });
    return {
      post: (message: ToThread) => worker.postMessage(message),
      terminate: () => void worker.terminate(),
    };
  };
}
