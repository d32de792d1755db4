import { randomUUID } from 'node:crypto';
import { GenericContainer, getContainerRuntimeClient, Network, type StartedNetwork, Wait } from 'testcontainers';
import { productImage } from '../docker/product-image.ts';
import { freePort } from '../ports.ts';
import { eventually } from '../wait.ts';

const DATA = '/var/lib/penstock';
const LISTEN = 8080;
const STATUS = 7500;

/** A node in a container. Clients come in through the engine's usual network, the bus is on another one. */
export type NodeContainer = {
  readonly name: string;
  /** On this machine, for clients. */
  readonly port: number;
  /** Of the status pages. */
  readonly url: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  status(): Promise<any>;
  /** What it has written so far. */
  output(): string;
  serving(revision: number): Promise<void>;
  /** Off the bus's network: what is on its way is lost, and nothing is closed. */
  cutOff(): Promise<void>;
  putBack(): Promise<void>;
  /** Runs a program inside. @returns what it printed; throws when it fails */
  run(...command: string[]): Promise<string>;
  kill(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
};

export type NodeContainerOptions = {
  readonly name: string;
  readonly fleet: string;
  /** Where the bus is. */
  readonly network: StartedNetwork;
  /** As the node calls it there. */
  readonly nats: string;
  /** Its data on a file system in memory of this size. Default: in the container. */
  readonly dataBytes?: number;
  readonly args?: readonly string[];
};

/**
 * A network for the bus, which containers can be taken off without a harm to their published ports: of a container's networks the engine
 * publishes through the first by name, and that is to be its usual one, `bridge`.
 */
export function createBusNetwork(): Promise<StartedNetwork> {
  return new Network({ nextUuid: () => `penstock-test-${randomUUID()}` }).start();
}

/** Starts a node in a container; resolves when its status pages answer. */
export async function startNodeContainer(options: NodeContainerOptions): Promise<NodeContainer> {
  const { name, fleet, network, nats, dataBytes, args = [] } = options;
  const [port, statusPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${statusPort}`;
  let output = '';
  const container = new GenericContainer(await productImage())
    .withExposedPorts({ container: LISTEN, host: port }, { container: STATUS, host: statusPort })
    .withCommand([
      ...['node', '--fleet', fleet, '--name', name, '--nats', nats, '--data-dir', DATA, '--threads', '1'],
      ...['--status', `0.0.0.0:${STATUS}`, '--log-level', 'info', ...args],
    ])
    .withLogConsumer((stream) => {
      stream.on('data', (chunk: Buffer | string) => {
        output = (output + chunk.toString()).slice(-1_000_000);
      });
    })
    .withWaitStrategy(Wait.forHttp('/livez', STATUS));
  if (dataBytes !== undefined) container.withTmpFs({ [DATA]: `rw,size=${dataBytes},uid=65532,gid=65532,mode=0700` });
  const started = await container.start();
  const { container: client } = await getContainerRuntimeClient();
  const own = client.getById(started.getId());
  const busNetwork = client.dockerode.getNetwork(network.getId());
  // Afterwards: its ports are published through the engine's usual network then, and stay when it is off this one.
  await busNetwork.connect({ Container: started.getId() }).catch(async (err) => {
    await own.remove({ force: true, v: true });
    throw err;
  });

  // biome-ignore lint/suspicious/noExplicitAny: as above
  async function status(): Promise<any> {
    try {
      const answer = await fetch(`${url}/status`, { signal: AbortSignal.timeout(2_000) });
      return answer.ok ? await answer.json() : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    name,
    port,
    url,
    status,
    output: () => output,
    async serving(revision) {
      await eventually(
        `${name} at revision ${revision}`,
        async () => (await status())?.serving?.revision >= revision,
      ).catch((err: Error) => {
        throw new Error(`${err.message}; output: ${output.slice(-4_000)}`);
      });
    },
    cutOff: () => busNetwork.disconnect({ Container: started.getId(), Force: true }),
    putBack: () => busNetwork.connect({ Container: started.getId() }),
    async run(...command) {
      const { exitCode, output: printed } = await started.exec(command);
      if (exitCode !== 0) throw new Error(`${command.join(' ')} in ${name} exited with ${exitCode}: ${printed}`);
      return printed;
    },
    kill: () => own.kill(),
    async start() {
      await own.start();
      await eventually(`${name} to answer`, async () => (await status()) !== undefined);
    },
    remove: async () => {
      await own.remove({ force: true, v: true });
    },
  };
}

/** Address of this machine by which containers reach it. */
export async function hostForContainers(): Promise<string> {
  const { container: client } = await getContainerRuntimeClient();
  const { IPAM } = (await client.dockerode.getNetwork('bridge').inspect()) as {
    readonly IPAM?: { readonly Config?: readonly { readonly Gateway?: string; readonly Subnet?: string }[] };
  };
  const [config] = IPAM?.Config ?? [];
  const first = config?.Subnet?.replace(/\d+\/\d+$/, '1');
  const host = config?.Gateway || first;
  if (host === undefined) throw new Error('the engine has no usual network with an address of this machine');
  return host;
}
