import { subjects } from '#shared/bus.ts';
import { decodeHead, decodeSignedHead } from '#shared/codec/head-codec.ts';
import { FAIR } from './network.ts';
import type { Fault } from './scenarios.ts';
import { FLEET, type LiveReplica, type World } from './world.ts';

export type Faults = {
  /** Nothing bad happens any more, and what is broken is mended. */
  heal(): void;
  /** Commits that the store lost and that bus or nodes knew by then. */
  lost(): readonly LostCommit[];
};

export type LostCommit = { readonly hash: string; readonly revision: number; readonly epoch: number };

/** Has the scenario's faults befall the world at random times, each for a while. */
export function letFaultsHappen(world: World): Faults {
  const { kernel, scenario, network, bus, store } = world;
  const chance = kernel.chance.fork('faults');
  const lost: LostCommit[] = [];
  const mends = new Set<() => void>();
  let isOver = false;

  for (const [fault, meanMs] of Object.entries(scenario.faults) as [Fault, number][]) again(fault, meanMs);

  function again(fault: Fault, meanMs: number): void {
    kernel.after(2_000 + chance.wait(meanMs), undefined, 'timer', () => {
      if (isOver) return;
      kernel.note(`fault: ${fault}`);
      befall(fault);
      again(fault, meanMs);
    });
  }

  /** Mended after a while, or when everything is. */
  function forAWhile(ms: number, mend: () => void): void {
    const once = () => {
      if (mends.delete(once)) mend();
    };
    mends.add(once);
    kernel.after(ms, undefined, 'something is mended', once);
  }

  function befall(fault: Fault): void {
    const anybody = () => chance.pick(world.names());
    const replica = () => chance.pick(world.replicaSpecs).name;
    const node = () => chance.pick(world.nodeSpecs).name;
    const downMs = () => chance.between(100, 12_000);
    switch (fault) {
      case 'worker-dies':
        breakBackend(`w${chance.index(9)}.test`);
        return;
      case 'worker-cut-off':
        breakBackend(`${node()} w${chance.index(9)}.test`);
        return;
      case 'replica-crashes':
        world.crash(replica(), downMs());
        return;
      case 'replica-stops':
        world.stop(replica(), downMs());
        return;
      case 'node-crashes':
        world.crash(node(), downMs());
        return;
      case 'node-stops':
        world.stop(node(), downMs());
        return;
      case 'node-is-replaced':
        world.replace(node(), downMs());
        return;
      case 'pause':
        world.pause(anybody(), chance.between(500, 20_000));
        return;
      case 'bus-cut':
        cut(anybody(), 'bus');
        return;
      case 'store-cut':
        cut(replica(), 'store');
        return;
      case 'bus-outage':
        bus.down();
        forAWhile(chance.between(500, 15_000), bus.up);
        return;
      case 'store-outage':
        store.down();
        forAWhile(chance.between(500, 15_000), store.up);
        return;
      case 'bus-loses':
        bus.lose(chance.happens(0.4) ? 'everything' : 1 + chance.index(20));
        world.invariants.busLost();
        world.somethingLost();
        return;
      case 'store-loses':
        loseWrites();
        return;
      case 'disk-full': {
        const disk = world.disk(node());
        disk.isFull = true;
        forAWhile(chance.between(1_000, 10_000), () => {
          disk.isFull = false;
        });
        return;
      }
      case 'poison':
        // Whoever gets to the next revision dies of it, once or again and again.
        world.poisoned.add(store.head().revision + 1);
        return;
    }
  }

  function breakBackend(what: string): void {
    world.downBackends.add(what);
    forAWhile(chance.between(500, 25_000), () => world.downBackends.delete(what));
  }

  function cut(name: string, server: 'bus' | 'store'): void {
    network.cut(name, server);
    if (server === 'bus') bus.cutOff(name);
    forAWhile(chance.between(300, 20_000), () => network.mend(name, server));
  }

  /** Heads that outlive any replica: what the bus keeps, unless it loses things itself, and what nodes serve. */
  function knownElsewhere(): ReadonlySet<string> {
    if (scenario.faults['bus-loses'] !== undefined) return new Set();
    const kept = bus.kept(subjects(FLEET).head)?.payload;
    const served = world.nodes().map(({ agent }) => agent.view().follower.served?.head.chainHash);
    const onBus = kept && decodeHead(decodeSignedHead(kept).head).chainHash;
    return new Set([onBus, ...served].filter((hash) => hash !== undefined));
  }

  /** A failover. What others knew of by then must come back, or an epoch must begin. */
  function loseWrites(): void {
    const before = store.commits();
    const writes = store.goBack(1 + chance.index(12));
    const gone = before.slice(store.commits().length);
    world.somethingLost();
    const known = knownElsewhere();
    kernel.note(
      `the store goes back ${writes} writes, to revision ${store.head().revision}, ${gone.length} commits are gone`,
    );
    for (const stored of gone) {
      const isKnown = [...known].some((hash) => world.history.descends(hash, stored.hash));
      const epoch = world.history.configuration(stored.hash)?.state.epoch ?? 0;
      if (isKnown) lost.push({ hash: stored.hash, revision: stored.commit.revision, epoch });
    }
    // Somebody looks after it, sooner or later.
    kernel.after(chance.between(3_000, 20_000), undefined, 'timer', () => repair(world));
  }

  return {
    heal() {
      isOver = true;
      for (const mend of [...mends]) mend();
      network.set(FAIR);
      bus.up();
      store.up();
      world.poisoned.clear();
      world.startAll();
    },
    lost: () => lost,
  };
}

/**
 * What an operator does who is told that the store has lost commits: puts them back, or begins a new epoch. Where bus and store have
 * both lost something, only nodes may know: theirs is the word of a fork then, and the same remedy.
 */
export function repair(world: World): void {
  const { kernel, scenario } = world;
  const losesAll = scenario.faults['bus-loses'] !== undefined && scenario.faults['store-loses'] !== undefined;
  const isForked = ({ parts }: LiveReplica) =>
    losesAll && parts.registry.nodes().some(({ errors }) => errors.some(({ code }) => code === 'fork'));
  const needsRepair = (one: LiveReplica) => one.parts.guard.refusal() !== undefined || isForked(one);
  const replica = world.replicas().find(needsRepair);
  if (replica === undefined) return;
  const { guard } = replica.parts;
  const work = async () => {
    const report = await guard.restore();
    kernel.note(`${replica.name} puts back ${JSON.stringify(report)}`);
    if (report.missing === undefined && report.forked === undefined && !needsRepair(replica)) return;
    const begun = await guard.beginEpoch({ actor: 'dan', request: 'store' });
    kernel.note(`${replica.name} begins epoch ${begun.epoch} at revision ${begun.revision}`);
  };
  kernel.after(0, replica.process, 'is told to repair', () => {
    work().catch((error: Error) => kernel.note(`${replica.name} cannot repair: ${error.message}`));
  });
}
