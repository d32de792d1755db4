const callbacks = new Set<(code: number) => void>();

/**
 * Calls back when this process ends by `process.exit`, or by an error that nobody caught: only what is synchronous still runs. A
 * signal that kills it says nothing. One listener however many nodes the process has.
 *
 * @returns how to call it off
 */
export function atExit(callback: (code: number) => void): () => void {
  if (callbacks.size === 0) process.on('exit', callAll);
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
    if (callbacks.size === 0) process.off('exit', callAll);
  };
}

function callAll(code: number): void {
  for (const callback of callbacks) callback(code);
}
