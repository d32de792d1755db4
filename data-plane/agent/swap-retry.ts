import type { NodeError } from '#shared/node-message.ts';
import type { SwapRetry } from './follower-state.ts';
import { STILL_FINISHING } from './placement.ts';

/** What the pool says of threads that ended or hung, as against what threads say of a configuration. */
const THREAD_TROUBLE = /^(proxy thread \d+ (stopped|did not answer)|every proxy thread died)/;

/** Whether something else than the configuration's content may have stood in its way; undefined if all of it is final. */
export function swapRetry(errors: readonly NodeError[]): SwapRetry | undefined {
  const retries = errors.map(({ code, text }): SwapRetry | undefined => {
    if (code === 'listen') return 'soon';
    if (code === 'capacity') return text.includes(STILL_FINISHING) ? 'soon' : undefined;
    return code === 'compile' && THREAD_TROUBLE.test(text) ? 'late' : undefined;
  });
  if (retries.includes(undefined)) return undefined;
  return retries.includes('late') ? 'late' : 'soon';
}
