let outlives = false;

/** What a command does whose output nobody reads any more, as with `| head`: there is nothing more to say, so it ends. */
export function endWithReaders(streams: readonly NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    stream.on('error', (err: NodeJS.ErrnoException) => {
      if (err.code !== 'EPIPE') throw err;
      if (!outlives) process.exit(process.exitCode ?? 0);
    });
  }
}

/** A server goes on without readers: who stops `penstock node | tee log` by Ctrl-C stops both, and one still has requests to finish. */
export function outliveReaders(): void {
  outlives = true;
}
