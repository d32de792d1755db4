import { createServer } from 'node:net';
import type { ProbeAddress } from '../ports.ts';

/**
 * Listens without sharing the port, then lets go at once. Proxy threads share ports among each other (`reusePort`), so they
 * would silently share one with another gateway of this user, too.
 */
export const probeAddress: ProbeAddress = (address, port) =>
  new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? 'UNKNOWN';
      resolve({ code, text: REASONS[code] ?? error.message });
    });
    server.listen({ host: address, port, exclusive: true, backlog: 1 }, () => {
      const bound = server.address();
      const found = typeof bound === 'object' && bound !== null ? bound.port : port;
      server.close(() => resolve({ port: found }));
    });
  });

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there already (EADDRINUSE)',
  EACCES: 'ports below 1024 need the right to bind them, CAP_NET_BIND_SERVICE (EACCES)',
  EADDRNOTAVAIL: 'this machine has no such address (EADDRNOTAVAIL)',
  EAFNOSUPPORT: 'this machine has no such address family (EAFNOSUPPORT)',
  ENOTFOUND: 'the address is not an IP literal and does not resolve (ENOTFOUND)',
};
