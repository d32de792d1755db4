import { afterEach } from 'vitest';
import type { NatsBus } from '#shared/nats-bus/nats-bus.ts';
import { natsBus } from '#shared/nats-bus/nats-bus.ts';
import type { NatsBusOptions, NatsFault, NatsServer as ServerInfo } from '#shared/nats-bus/settings.ts';
import type { NatsServer, NatsServerOptions } from '#test/support/nats.ts';
import { startNats } from '#test/support/nats.ts';

export type Party = NatsBus & { readonly told: NatsFault[]; readonly servers: ServerInfo[] };

/** Servers and buses of one test; all are closed after it. */
export function natsParties() {
  const open: { close(): Promise<void> }[] = [];

  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close();
  });

  async function party(server: NatsServer, name: string, options: Partial<NatsBusOptions> = {}): Promise<Party> {
    const told: NatsFault[] = [];
    const servers: ServerInfo[] = [];
    const bus = await natsBus({
      servers: server.url,
      fleet: 'f',
      name,
      role: 'node',
      maxStreamBytes: 64e6,
      requestTimeoutMs: 2000,
      reconnectMs: { min: 5, max: 50 },
      hooks: { onFault: (fault) => told.push(fault), onServer: (one) => servers.push(one) },
      ...options,
    });
    open.push(bus);
    // Not spread: `maxPayloadBytes` changes with the server.
    return Object.assign(bus, { told, servers });
  }

  return {
    async server(options?: NatsServerOptions): Promise<NatsServer> {
      const server = await startNats(options);
      open.push(server);
      return server;
    },
    party,
    async controlPlane(server: NatsServer, options: Partial<NatsBusOptions> = {}): Promise<Party> {
      const bus = await party(server, 'cp', { role: 'control-plane', ...options });
      await bus.ready();
      return bus;
    },
    async node(server: NatsServer, options: Partial<NatsBusOptions> = {}): Promise<Party> {
      const bus = await party(server, options.name ?? 'n1', options);
      await bus.ready();
      return bus;
    },
  };
}

export const bytes = (text: string) => Buffer.from(text);
export const textOf = (payload: Uint8Array | undefined) => payload && Buffer.from(payload).toString();
