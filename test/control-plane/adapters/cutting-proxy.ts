import { connect, createServer, type Socket } from 'node:net';
import { listenOnFreePort } from '#test/support/ports.ts';

/** A TCP proxy that can lose answers: what is asked arrives and is done, and nobody hears of it. */
export type CuttingProxy = {
  readonly port: number;
  /** Breaks the connection in place of the answer to each request that contains the text, so many times. */
  cut(text: string, times: number): void;
  /** Answers lost so far. */
  lost(): number;
  close(): Promise<void>;
};

export async function startCuttingProxy(targetPort: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let text = '';
  let times = 0;
  let lost = 0;
  const server = createServer((client) => {
    const upstream = connect({ port: targetPort, host: '127.0.0.1' });
    let isDoomed = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (times > 0 && chunk.includes(text)) {
        times--;
        isDoomed = true;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (!isDoomed) {
        client.write(chunk);
        return;
      }
      lost++;
      client.destroy();
    });
  });
  const port = await listenOnFreePort(server);
  return {
    port,
    cut(inText, count) {
      text = inText;
      times = count;
    },
    lost: () => lost,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
