import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Resolution, milliseconds: delays below it are not seen. */
const RESOLUTION_MS = 1;

/**
 * Measures, from the first call on, how long this thread's event loop stood still. Nothing runs before that: it costs a timer per
 * millisecond.
 *
 * @returns asks for the longest time since the call before, milliseconds
 */
export function loopDelay(): () => number {
  let histogram: ReturnType<typeof monitorEventLoopDelay> | undefined;
  return () => {
    if (histogram === undefined) {
      histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      histogram.enable();
      return 0;
    }
    const maxMs = histogram.max / 1e6;
    histogram.reset();
    return maxMs;
  };
}
