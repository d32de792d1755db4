import { connect, createServer, type Socket } from 'node:net';
import { listenOnFreePort } from './ports.ts';

/** Passes TCP connections on to a port of this machine: the way there, which can be blocked. */
export type Forwarder = {
  readonly port: number;
  /** Breaks all connections, and refuses new ones. */
  block(): Promise<void>;
  /** Keeps connections, and lets nothing through: as when a cable is cut. */
  stall(): void;
  /** As at the start. Connections that were stalled are broken. */
  open(): Promise<void>;
  close(): Promise<void>;
};

/** @param from port to listen on; default a free one */
export async function startForwarder(to: number, host = '127.0.0.1', from?: number): Promise<Forwarder> {
  const sockets = new Set<Socket>();
  let stalled = false;
  const server = createServer({ noDelay: true }, (socket) => {
    own(socket);
    if (stalled) return;
    const onward = own(connect({ port: to, host: '127.0.0.1', noDelay: true }));
    socket.pipe(onward);
    onward.pipe(socket);
    socket.once('close', () => onward.destroy());
    onward.once('close', () => socket.destroy());
  });
  const port = from ?? (await listenOnFreePort(server, host));
  if (!server.listening) await new Promise<void>((resolve) => server.listen({ port, host }, resolve));

  function own(socket: Socket): Socket {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    return socket;
  }

  async function block(): Promise<void> {
    const closed = server.listening ? new Promise((resolve) => server.close(resolve)) : undefined;
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  return {
    port,
    block,
    stall() {
      stalled = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    async open() {
      stalled = false;
      await block();
      await new Promise<void>((resolve) => server.listen({ port, host }, resolve));
    },
    close: block,
  };
}
