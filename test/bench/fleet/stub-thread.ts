import type { StartThread } from '../../../data-plane/ports.ts';
import type { FromThread } from '../../../data-plane/proxy/thread-message.ts';

/** A proxy thread that serves nothing and agrees to everything, in the agent's own thread: of the node only the agent is real. */
export const stubThread: StartThread = (_data, { onMessage, onExit }) => {
  let ended = false;
  const answer = (...messages: readonly FromThread[]) =>
    setImmediate(() => {
      for (const message of messages) if (!ended) onMessage(message);
    });
  answer({ type: 'ready' });
  return {
    post(message) {
      switch (message.type) {
        case 'generation-part':
          return void answer({ type: 'generation-part-taken', number: message.number });
        case 'generation':
          return void answer({ type: 'generation-prepared', number: message.number });
        case 'generation-commit': {
          const { number } = message;
          return void answer(
            { type: 'generation-serving', number, listeners: [] },
            { type: 'generations-released', below: number },
          );
        }
        case 'drain':
          return void answer({ type: 'drained', unfinished: 0 });
        default:
          return;
      }
    },
    terminate() {
      if (ended) return;
      ended = true;
      setImmediate(() => onExit(undefined));
    },
  };
};
