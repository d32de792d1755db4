import { GenericContainer, getContainerRuntimeClient, Network, type StartedNetwork, Wait } from 'testcontainers';
import { freePort } from '../ports.ts';
import { eventually } from '../wait.ts';
import { image } from './images.ts';

/** A container that faults can be done to. Its port on this machine stays the same over all of them. */
export type FaultyContainer = {
  readonly host: string;
  /** On this machine. */
  readonly port: number;
  /** Name by which other containers of its network call it. */
  readonly alias: string;
  /** Freezes it: connections stay open and nothing answers. */
  pause(): Promise<void>;
  unpause(): Promise<void>;
  /** Ends it at once, as a power cut does. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on the same data. */
  start(): Promise<void>;
  /** Takes it off its network: what is on its way is lost. */
  disconnect(): Promise<void>;
  connect(): Promise<void>;
  /** Runs a program inside. @returns what it printed; throws when it fails */
  run(...command: string[]): Promise<string>;
  remove(): Promise<void>;
};

export type ContainerOptions = {
  readonly image: string;
  readonly alias: string;
  readonly network: StartedNetwork;
  /** Port inside. */
  readonly port: number;
  readonly command: readonly string[];
  /** What it logs when it is. Small images have no shell that could look at ports from inside. */
  readonly ready: RegExp;
  readonly environment?: Readonly<Record<string, string>>;
};

/** A network of its own for the containers of one test. */
export function createNetwork(): Promise<StartedNetwork> {
  return new Network().start();
}

/** Starts a container and waits until it is ready. */
export async function startContainer(options: ContainerOptions): Promise<FaultyContainer> {
  const { alias, network } = options;
  const port = await freePort();
  const started = await new GenericContainer(options.image)
    .withNetwork(network)
    .withNetworkAliases(alias)
    .withExposedPorts({ container: options.port, host: port })
    .withCommand([...options.command])
    .withEnvironment({ ...options.environment })
    .withWaitStrategy(Wait.forLogMessage(options.ready))
    .start();
  const { container: client } = await getContainerRuntimeClient();
  const container = client.getById(started.getId());
  // The test's own network, and the engine's usual one, through which its port is published.
  const networks = [network.getId(), 'bridge'].map((id) => client.dockerode.getNetwork(id));
  const onEach = async (act: (network: (typeof networks)[number]) => Promise<unknown>) => {
    for (const each of networks) await act(each);
  };
  const aliasesIn = (isOwn: boolean) => (isOwn ? { Aliases: [alias] } : {});
  const listening = () =>
    eventually(`${alias} on port ${port}`, async () => (await container.inspect()).State.Running || undefined);
  return {
    host: '127.0.0.1',
    port,
    alias,
    pause: () => container.pause(),
    unpause: () => container.unpause(),
    kill: () => container.kill(),
    async start() {
      await container.start();
      await listening();
    },
    disconnect: () => onEach((network) => network.disconnect({ Container: started.getId(), Force: true })),
    connect: () =>
      onEach((of) => of.connect({ Container: started.getId(), EndpointConfig: aliasesIn(of.id === network.getId()) })),
    async run(...command) {
      const { exitCode, output } = await started.exec(command);
      if (exitCode !== 0) throw new Error(`${command.join(' ')} in ${alias} exited with ${exitCode}: ${output}`);
      return output;
    },
    remove: async () => {
      await container.remove({ force: true, v: true });
    },
  };
}

/** Redis that syncs every write. @param settings further arguments of redis-server */
export async function startRedisContainer(
  network: StartedNetwork,
  alias = 'redis',
  settings: readonly string[] = [],
): Promise<FaultyContainer> {
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction'];
  const open = ['--bind', '0.0.0.0', '--protected-mode', 'no', '--dir', '/data'];
  const command = ['redis-server', ...open, ...durable, ...settings];
  return startContainer({
    image: await image('redis'),
    alias,
    network,
    port: 6379,
    command,
    ready: /Ready to accept connections/,
  });
}

/** NATS with JetStream. */
export async function startNatsContainer(network: StartedNetwork, alias = 'nats'): Promise<FaultyContainer> {
  const command = ['--jetstream', '--store_dir', '/data'];
  return startContainer({ image: await image('nats'), alias, network, port: 4222, command, ready: /Server is ready/ });
}
