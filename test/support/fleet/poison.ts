/**
 * Loaded into a node before anything else (`--import`): makes configurations deadly. `PENSTOCK_TEST_POISON` names a file with the
 * revisions that are, as JSON: `{"7": "thread", "8": "exit"}`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import type { ToThread } from '../../../data-plane/proxy/thread-message.ts';

export type Fate =
  /** Every proxy thread ends when it is to compile the revision. */
  | 'thread'
  /** The process ends by a fault of its own when threads are to swap to it. */
  | 'exit'
  /** Then the process is killed. */
  | 'kill';

export type Poison = Readonly<Record<number, Fate>>;

const FILE = 'PENSTOCK_TEST_POISON';

/** Environment of a node that is to be poisoned. @param file made if missing */
export function poisonEnv(file: string): Record<string, string> {
  writePoison(file, {});
  return { [FILE]: file, NODE_OPTIONS: `--import=${import.meta.url}` };
}

export function writePoison(file: string, poison: Poison): void {
  writeFileSync(file, JSON.stringify(poison));
}

/** Does to this thread or process what it is to suffer from a message. */
function sufferer(file: string): (message: ToThread) => void {
  let deadly: { readonly number: number; readonly fate: Fate } | undefined;
  return (message) => {
    if (message.type === 'generation') {
      const fate = (JSON.parse(readFileSync(file, 'utf8')) as Poison)[message.revision];
      deadly = fate && { number: message.number, fate };
      if (fate === 'thread' && !isMainThread) process.exit(9);
    }
    if (message.type !== 'generation-commit' || message.number !== deadly?.number) return;
    if (deadly.fate === 'kill') process.kill(process.pid, 'SIGKILL');
    if (deadly.fate === 'exit' && isMainThread) process.exit(7);
  };
}

const file = process.env[FILE];
if (file !== undefined) {
  const suffer = sufferer(file);
  // Before the thread's own listener: it is not to get that far.
  parentPort?.on('message', suffer);
  if (isMainThread) {
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (this: Worker, message: ToThread, ...rest: []) {
      suffer(message);
      post.call(this, message, ...rest);
    };
  }
}
