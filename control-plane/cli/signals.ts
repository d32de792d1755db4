import { outliveReaders } from './broken-pipe.ts';
import type { CliContext } from './context.ts';

/** Resolves with the first signal, which asks to stop in good order; the second ends the process at once. For servers. */
export function firstSignal(context: CliContext): Promise<NodeJS.Signals> {
  outliveReaders();
  return new Promise((resolve) => {
    let first = true;
    const onSignal = (signal: NodeJS.Signals) => {
      if (!first) {
        context.err('stopped at once\n');
        process.exit(1);
      }
      first = false;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
