import type { Server } from 'node:net';
import { createServer } from 'node:net';

/**
 * Ports of tests lie below Linux's ephemeral range (32768…): a port closed for a while, to refuse connections, can then be
 * neither taken by somebody's outgoing connection nor connected to itself.
 */
const LOWEST = 12_000;
const HIGHEST = 32_000;

/**
 * Listens on a port free at this moment.
 *
 * @returns the port
 * @throws when 50 random ports in a row are taken
 */
export async function listenOnFreePort(server: Server, host = '127.0.0.1'): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await listens(server, port, host)) return port;
  }
  throw new Error(`no free port found on ${host} between ${LOWEST} and ${HIGHEST} in 50 tries`);
}

/** A port free at this moment, for a program that is told its port. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer();
  const port = await listenOnFreePort(server, host);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listens(server: Server, port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (err: NodeJS.ErrnoException) => {
      server.off('listening', onListening);
      if (err.code === 'EADDRINUSE') resolve(false);
      else reject(err);
    };
    const onListening = () => {
      server.off('error', onError);
      resolve(true);
    };
    server.once('error', onError);
    server.once('listening', onListening);
    server.listen(port, host);
  });
}
