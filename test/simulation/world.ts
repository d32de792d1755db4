import { createPrivateKey, createPublicKey } from 'node:crypto';
import { type Bus, subjects } from '#shared/bus.ts';
import { keyId, type SigningKey, trustedKeyOf } from '#shared/snapshot/signature.ts';
import { decodeCounterRecord } from '../../control-plane/core/projection/counter-record.ts';
import type { FleetStore } from '../../control-plane/ports.ts';
import { createGroundTruth, type GroundTruth } from './ground-truth.ts';
import { type History, keepHistory } from './history.ts';
import { createInvariants, type Invariants } from './invariants.ts';
import { createKernel, type Kernel, type Process } from './kernel.ts';
import { installMachine } from './machine.ts';
import { createNetwork, type Network } from './network.ts';
import { createOperator, firstDefinition, type Operator } from './operator.ts';
import type { Scenario } from './scenarios.ts';
import { type BusServer, createBusServer } from './sim-bus.ts';
import { createDisk, type SimDisk } from './sim-disk.ts';
import { type NodeSpec, type SimNode, startNode } from './sim-node.ts';
import { type ReplicaParts, type ReplicaSpec, type SimReplica, startReplica } from './sim-replica.ts';
import { createStoreServer, type StoreServer } from './sim-store.ts';

export const FLEET = 'sim';

/** Replacements of what the world gives its processes, to plant bugs in. */
export type Plants = {
  readonly bus?: (bus: Bus) => Bus;
  readonly store?: (store: FleetStore) => FleetStore;
};

export type LiveReplica = SimReplica & { readonly parts: ReplicaParts };

/** A fleet: servers, replicas and nodes, and what can be done to them. */
export type World = {
  readonly kernel: Kernel;
  readonly scenario: Scenario;
  readonly network: Network;
  readonly bus: BusServer;
  readonly store: StoreServer;
  readonly history: History;
  readonly truth: GroundTruth;
  readonly invariants: Invariants;
  readonly operator: Operator;
  readonly nodeSpecs: readonly NodeSpec[];
  readonly replicaSpecs: readonly ReplicaSpec[];
  /** Runs that are up; of replicas those that have started. */
  nodes(): readonly SimNode[];
  replicas(): readonly LiveReplica[];
  /** Names of all processes that are to be there, up or not. */
  names(): readonly string[];
  disk(node: string): SimDisk;
  /** Ends a process at once; it is started again after a while. */
  crash(name: string, forMs: number): void;
  /** Has it stop in good order, and starts it again after a while. */
  stop(name: string, forMs: number): void;
  replace(node: string, forMs: number): void;
  pause(name: string, forMs: number): void;
  /** Something that was kept is lost: what is left of the counts of boots that are over? */
  somethingLost(): void;
  /** Backends that take no connections: `host`, or `node host` for one node only. */
  readonly downBackends: Set<string>;
  /** Revisions that kill whoever serves them. */
  readonly poisoned: Set<number>;
  traffic(isOn: boolean): void;
  /** Starts whoever is down, at once. */
  startAll(): void;
  dispose(): void;
};

export function createWorld(seed: string, scenario: Scenario, plants: Plants = {}): World {
  const kernel = createKernel(seed);
  const chance = kernel.chance.fork('world');
  const network = createNetwork(kernel.chance.fork('network'));
  network.set(scenario.weather);
  const bus = createBusServer(kernel, network);
  const store = createStoreServer(kernel, network, FLEET);
  const history = keepHistory(store, FLEET);
  const truth = createGroundTruth();
  const operator = createOperator(kernel);
  const signingKeys = chance.happens(0.5) ? [signingKey(seed)] : [];
  const trustedKeys = signingKeys.map(trustedKeyOf);
  const invariants = createInvariants({ fleet: FLEET, scenario, bus, history, truth, trustedKeys });
  const zones = chance.pick([[undefined], ['east', 'west'], ['east', 'west', undefined]] as const);
  const nodeSpecs = Array.from(
    { length: 2 + chance.index(3) },
    (_, i): NodeSpec => ({
      name: `n${i}`,
      fleet: FLEET,
      zone: zones[i % zones.length],
      threads: 1 + chance.index(2),
      probationMs: scenario.probationMs,
      trustedKeys,
    }),
  );
  const replicaSpecs = Array.from(
    { length: 1 + chance.index(3) },
    (_, i): ReplicaSpec => ({
      name: `r${i}`,
      fleet: FLEET,
      signingKeys,
    }),
  );
  const disks = new Map(nodeSpecs.map(({ name }) => [name, createDisk()]));
  const nodes = new Map<string, SimNode>();
  const replicas = new Map<string, SimReplica>();
  const downBackends = new Set<string>();
  const poisoned = new Set<number>();
  let hasTraffic = true;

  const reaches = (party: string, host: string) => !downBackends.has(host) && !downBackends.has(`${party} ${host}`);
  const uninstall = installMachine(kernel, (host) => reaches(kernel.current()?.name ?? '', host));
  const plantedBus = plants.bus ?? ((one: Bus) => one);
  const plantedStore = plants.store ?? ((one: FleetStore) => one);

  const hooks = {
    log(process: Process, level: string, code: string, message: string, fields: object) {
      kernel.note(`${process.name} ${level} ${code} ${message} ${describe(fields)}`);
    },
  };

  function diskOf(name: string): SimDisk {
    const disk = disks.get(name);
    if (disk === undefined) throw new Error(`no node ${name}`);
    return disk;
  }

  function beginNode(spec: NodeSpec): void {
    const { name } = spec;
    const process = kernel.spawn(name);
    kernel.after(0, process, 'node starts', () => {
      const node = startNode(kernel, plantedBus(bus.connect(process)), diskOf(name), spec, process, {
        ...hooks,
        onAck: (ack) => invariants.acked(ack),
        traffic: (bootId) => ({
          meanMs: () => (hasTraffic ? 400 : Number.POSITIVE_INFINITY),
          reaches: (host) => reaches(name, host),
          count: (key, more) => truth.count(name, bootId, key, more),
          poison: ({ revision }) => poisoned.has(revision),
          die: () => crash(name, chance.between(200, 4_000)),
        }),
      });
      nodes.set(name, node);
    });
  }

  function beginReplica(spec: ReplicaSpec): void {
    const process = kernel.spawn(spec.name);
    const replica: SimReplica = { name: spec.name, process };
    kernel.after(0, process, 'replica starts', () => {
      replicas.set(spec.name, replica);
      const parts = startReplica(
        plantedBus(bus.connect(process)),
        plantedStore(store.connect(process)),
        spec,
        process,
        hooks,
      );
      parts.then(
        (started) => {
          replica.parts = started;
          kernel.note(`${spec.name} is up`);
        },
        (error: Error) => {
          kernel.note(`${spec.name} does not start: ${error.message}`);
          crash(spec.name, 2_000);
        },
      );
    });
  }

  function begin(name: string): void {
    if (nodes.has(name) || replicas.has(name)) return;
    const node = nodeSpecs.find((spec) => spec.name === name);
    const replica = replicaSpecs.find((spec) => spec.name === name);
    if (node !== undefined) beginNode(node);
    else if (replica !== undefined) beginReplica(replica);
  }

  /** The process is gone, whatever it was doing. */
  function end(name: string, process: Process): boolean {
    const isNode = nodes.get(name)?.process === process;
    if (!isNode && replicas.get(name)?.process !== process) return false;
    kernel.kill(process);
    bus.cutOff(name);
    if (isNode) nodes.delete(name);
    else replicas.delete(name);
    return true;
  }

  function somethingLost(): void {
    truth.lost({
      reports: (node, bootId) => {
        const onDisk = diskOf(node).counters.get(bootId)?.bytes;
        const onBus = bus.kept(subjects(FLEET).finalReport(node, bootId))?.payload;
        return [onDisk, onBus].filter((one) => one !== undefined);
      },
      stored: (node) => {
        const record = store.record(node);
        return record && decodeCounterRecord(FLEET, node, record.bytes);
      },
    });
  }

  function crash(name: string, forMs: number): void {
    const node = nodes.get(name);
    const process = node?.process ?? replicas.get(name)?.process;
    if (process === undefined || !end(name, process)) return;
    if (node !== undefined) truth.killed(name, node.bootId, diskOf(name).counters.get(node.bootId)?.bytes);
    beginAfter(name, forMs);
  }

  function beginAfter(name: string, forMs: number): void {
    kernel.after(forMs, undefined, `${name} is started`, () => begin(name));
  }

  function stop(name: string, forMs: number): void {
    const node = nodes.get(name);
    const replica = replicas.get(name);
    const done = (process: Process) => () => {
      if (!end(name, process)) return;
      if (node !== undefined) truth.stopped(name, node.bootId);
      beginAfter(name, forMs);
    };
    const { parts, process } = replica ?? {};
    if (node !== undefined) node.stop(done(node.process));
    else if (parts !== undefined && process !== undefined) {
      kernel.after(0, process, 'is told to stop', () => void parts.stop().then(done(process)));
    }
  }

  kernel.onEvent(
    ({ process, label }) => {
      const node = label === '<- health' && process !== undefined ? nodes.get(process.name) : undefined;
      if (node?.process === process && node !== undefined) invariants.beforeFrame(node);
    },
    ({ process, label }) => {
      const node = process === undefined ? undefined : nodes.get(process.name);
      if (node === undefined || node.process !== process || UNRELATED.has(label)) return;
      invariants.node(node);
      if (label === '<- health') invariants.afterFrame(node);
    },
  );

  for (const { name } of [...replicaSpecs, ...nodeSpecs]) beginAfter(name, chance.between(0, 500));
  const live = () =>
    [...replicas.values()].filter((one): one is LiveReplica => one.parts !== undefined && one.process.alive);
  const first = firstDefinition(chance);
  /** Again, too, when the store lost all it had before anybody else knew of it. */
  const beginFleet = () => {
    const [replica] = live();
    kernel.after(replica === undefined ? 300 : 3_000, undefined, 'timer', beginFleet);
    if (replica === undefined || store.head().revision > 0) return;
    kernel.after(0, replica.process, 'is told the first definition', () => {
      const applied = replica.parts.commands().apply({ definition: first }, { actor: 'ann', commandId: 'first' });
      applied.catch(() => {});
    });
  };
  kernel.after(700, undefined, 'timer', beginFleet);
  const look = () => {
    for (const replica of live()) invariants.replica(replica);
    for (const node of nodes.values()) invariants.rows(node, kernel.nowMs());
    kernel.after(500, undefined, 'timer', look);
  };
  kernel.after(1_000, undefined, 'timer', look);

  return {
    kernel,
    scenario,
    network,
    bus,
    store,
    history,
    truth,
    invariants,
    operator,
    nodeSpecs,
    replicaSpecs,
    nodes: () => [...nodes.values()],
    replicas: live,
    names: () => [...replicaSpecs, ...nodeSpecs].map(({ name }) => name),
    disk: diskOf,
    crash,
    stop,
    replace(name, forMs) {
      crash(name, forMs);
      disks.set(name, createDisk());
      invariants.forgetNode(name);
      somethingLost();
    },
    somethingLost,
    pause(name, forMs) {
      const process = nodes.get(name)?.process ?? replicas.get(name)?.process;
      // What was due meanwhile waits for the end that was known then: it never comes sooner.
      if (process !== undefined) process.pausedUntilMs = Math.max(process.pausedUntilMs, kernel.nowMs() + forMs);
    },
    downBackends,
    poisoned,
    traffic(isOn) {
      hasTraffic = isOn;
    },
    startAll() {
      for (const { name } of [...replicaSpecs, ...nodeSpecs]) begin(name);
    },
    dispose: uninstall,
  };
}

/** Events on a node after which it serves what it served before. */
const UNRELATED: ReadonlySet<string> = new Set(['timer', 'connects', 'answers', 'check connects', 'socket closed']);

/** An Ed25519 key out of the seed. */
function signingKey(seed: string): SigningKey {
  const bytes = Buffer.from(seed.padEnd(32, '.')).subarray(0, 32);
  // PKCS 8 of RFC 8410: what comes before the 32 bytes of the key.
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), bytes]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { keyId: keyId(createPublicKey(privateKey)), privateKey };
}

/** Fields of a log line, in short. */
function describe(fields: object): string {
  const parts = Object.entries(fields).flatMap(([name, value]) => {
    if (name === 'code') return [];
    const text = value instanceof Error ? value.message : JSON.stringify(value);
    return [`${name}=${text?.slice(0, 200)}`];
  });
  return parts.join(' ');
}
