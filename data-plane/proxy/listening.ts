import { createServer, type Server, type Socket } from 'node:net';
import type { BoundListener } from './thread-message.ts';

/** Connections the kernel may queue before a thread accepts them; likewise those held. */
const BACKLOG = 1024;

/** A bound address; connections wait in `held` until the generation that named it is served. */
export type Listening = { readonly address: BoundListener; readonly server: Server; held: Socket[] | undefined };

/**
 * Binds an address beside other threads that do, and holds what comes in. Rejects if it cannot be bound.
 *
 * @param accept takes connections once `held` is undefined
 * @param failed told when accepting fails later
 */
export function listenOn(
  address: BoundListener,
  accept: (socket: Socket) => void,
  failed: (error: Error) => void,
): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const listening: Listening = { address, server, held: [] };
    server.on('connection', (socket) => {
      if (listening.held === undefined) accept(socket);
      else holdConnection(listening.held, socket);
    });
    server.once('error', (error) =>
      reject(new Error(`cannot listen on ${address.address}:${address.port}: ${error.message}`)),
    );
    const host = address.address === '*' ? undefined : address.address;
    server.listen(
      { port: address.port, ...(host === undefined ? {} : { host }), backlog: BACKLOG, reusePort: true },
      () => {
        server.removeAllListeners('error');
        server.on('error', failed);
        resolve(listening);
      },
    );
  });
}

/** Keeps a connection until its address is served. A peer that leaves meanwhile, or one too many, is let go. */
function holdConnection(held: Socket[], socket: Socket): void {
  if (held.length >= BACKLOG) {
    socket.destroy();
    return;
  }
  socket.on('error', () => socket.destroy());
  held.push(socket);
}

/** Names a listener among those of a thread: same key, same socket with the same meaning. */
export function addressKey({ address, port, configuredPort, configuredAddress = '' }: BoundListener): string {
  return `${address} ${port} ${configuredPort} ${configuredAddress}`;
}

/**
 * Whether a connection that came in by another listener could have come in by this one, and would mean the same: `Listen 8080` may
 * have become `Listen 127.0.0.1:8080`, or its socket another.
 *
 * @param from the listener it came in by
 * @param localAddress where it came in, IPv4-mapped IPv6 as IPv4
 */
export function takesIn(listener: BoundListener, from: BoundListener, localAddress: string): boolean {
  if (listener.configuredPort !== from.configuredPort) return false;
  if (listener.configuredAddress !== from.configuredAddress) return false;
  return listener.configuredAddress !== undefined || covers(listener.address, localAddress);
}

/** A socket on `::` takes IPv4, too. */
function covers(address: string, localAddress: string): boolean {
  if (address === '*' || address === '::') return true;
  return address === '0.0.0.0' ? !localAddress.includes(':') : address === localAddress;
}
