import { type Bus, subjects } from '#shared/bus.ts';
import { isChainBreak, sealCommit, verifyLink } from '#shared/event/commit-chain.ts';
import type { Commit, FleetEvent, StoredCommit } from '#shared/event/fleet-event.ts';
import { type FleetState, foldCommit, INITIAL_STATE } from '#shared/event/fold.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import { compareHeads, type Head } from '#shared/snapshot/head.ts';
import { isRefusal } from '#shared/snapshot/open.ts';
import { balancer, worker } from '#test/control-plane/support/definitions.ts';
import { memoryEventStore } from '#test/control-plane/support/memory-event-store.ts';
import { loadFromBus } from '../../../../control-plane/bus-configuration.ts';
import { readHead } from '../../../../control-plane/core/publishing/heads.ts';
import { initialPublisher, stepPublisher } from '../../../../control-plane/core/publishing/publisher.ts';
import {
  PUBLISHER_DEFAULTS,
  type PublisherEffect,
  type PublisherInput,
  type PublisherRules,
  type PublisherState,
} from '../../../../control-plane/core/publishing/publisher-state.ts';
import type { EventStore } from '../../../../control-plane/ports.ts';
import { effectRunner, failureOf } from '../../../../control-plane/publisher-effects.ts';

export const FLEET = 'f';

/** Small numbers, so that short runs meet every limit. */
export const RULES: PublisherRules = {
  ...PUBLISHER_DEFAULTS,
  fleet: FLEET,
  signingKeys: [],
  maxDeltas: 3,
  keepSnapshots: 2,
  keepDeltas: 2,
  keepCommits: 4,
};

type Replica = {
  state: PublisherState;
  effect?: PublisherEffect | undefined;
  /** Heads on their way to it. */
  inbox: Uint8Array[];
  alive: boolean;
};

export type World = Awaited<ReturnType<typeof createWorld>>;

/**
 * Several publishers over one store and one bus, and time, under the test's hand: nothing happens by itself. Throws as soon as the kept
 * head goes back, leaves the history of the head before it within an epoch, or cannot be followed by a node that has just the bus.
 */
export async function createWorld(replicas: number) {
  const bus = createInProcessBus();
  const names = subjects(FLEET);
  const commits: StoredCommit[] = [];
  /** Every commit there ever was, by its hash. */
  const ever = new Map<string, StoredCommit>();
  let nowMs = 1_000;
  let kept: Head | undefined;
  let everLost = false;

  const store: EventStore = {
    ...memoryEventStore({ fleet: FLEET }),
    read: async (from, limit) => commits.filter(({ commit }) => commit.revision >= from).slice(0, limit),
    head: async () => {
      const last = commits.at(-1);
      return { revision: last?.commit.revision ?? 0, chainHash: last?.hash ?? INITIAL_STATE.chainHash };
    },
    firstRevision: async () => 1,
  };
  const runner = effectRunner(store, bus);
  const all: Replica[] = [];
  for (let i = 0; i < replicas; i++) all.push(born());

  function fold(count: number): FleetState {
    return commits.slice(0, count).reduce(foldCommit, INITIAL_STATE);
  }

  function born(lag = 0): Replica {
    return {
      state: initialPublisher(RULES, fold(Math.max(0, commits.length - lag)), true),
      inbox: [],
      alive: true,
    };
  }

  function input(replica: Replica, given: PublisherInput): void {
    if (!replica.alive) return;
    const step = stepPublisher(RULES, replica.state, given, { nowMs, random: () => 0.5 });
    replica.state = step.state;
    if (step.effect !== undefined) {
      if (replica.effect !== undefined)
        throw new Error(`two effects at once: ${replica.effect.type}, ${step.effect.type}`);
      replica.effect = step.effect;
    }
  }

  /** What everybody who watches the key sees, and what must hold of it. */
  async function afterPut(): Promise<void> {
    const now = await bus.getLatest(names.head);
    const head = now && readHead(now.payload, FLEET)?.head;
    if (now === undefined || head === undefined) return;
    if (kept !== undefined) {
      if (compareHeads(head, kept) < 0) throw new Error(`the kept head went from ${kept.revision} to ${head.revision}`);
      if (head.epoch === kept.epoch && !descends(head.chainHash, kept.chainHash)) {
        throw new Error(`the kept head left its history from revision ${kept.revision} to ${head.revision}`);
      }
    }
    if (!ever.has(head.chainHash)) throw new Error(`the kept head is of no commit: revision ${head.revision}`);
    const opened = await loadFromBus(bus, { fleet: FLEET, trustedKeys: [] });
    // What is lost right now is found missing by the next audit.
    if (!everLost && (opened === undefined || isRefusal(opened))) {
      throw new Error(`the kept head leads nowhere: ${opened?.text}`);
    }
    kept = head;
    for (const replica of all) replica.inbox.push(now.payload);
  }

  function descends(hash: string, ancestor: string): boolean {
    for (let at: string | undefined = hash; at !== undefined; at = ever.get(at)?.prevHash) {
      if (at === ancestor) return true;
    }
    return false;
  }

  const world = {
    bus: bus as Bus,
    commits,
    replicas: all,
    nowMs: () => nowMs,
    head: () => fold(commits.length),

    commit(n: number, epoch?: number): void {
      const state = fold(commits.length);
      const revision = state.revision + 1;
      const removed = n % 7 === 0 && state.definition.balancers.length > 1;
      const event: FleetEvent = removed
        ? { type: 'balancer-removed', id: state.definition.balancers[0]?.name ?? '' }
        : { type: 'balancer-set', balancer: balancer(`b${n % 3}`, [worker(n), worker(n + 1)]) };
      const commit: Commit = {
        schemaVersion: 1,
        fleet: FLEET,
        revision,
        id: `${ever.size}`,
        commandId: 'c',
        actor: 'ann',
        message: '',
        command: 'apply',
        timeMs: 0,
        events: [event],
        ...(epoch === undefined ? {} : { epoch }),
      };
      const stored = sealCommit(commit, state.chainHash);
      ever.set(stored.hash, stored);
      commits.push(stored);
    },

    /** The replica's tail gives it the next commit: whatever the store has at that revision. */
    tail(replica: Replica): boolean {
      const next = commits[replica.state.line.state.revision];
      if (next === undefined || !replica.alive || replica.state.broken !== undefined) return false;
      input(replica, { type: 'committed', stored: next });
      return true;
    },

    /** @param lost the effect happens, but nobody learns of it */
    async carryOut(replica: Replica, outcome: 'done' | 'refused' | 'lost' = 'done'): Promise<boolean> {
      const { effect } = replica;
      if (effect === undefined) return false;
      let answer: PublisherInput;
      try {
        if (outcome === 'refused') throw new Error('the bus is busy');
        const result = await runner.run(effect);
        if (effect.type === 'put-head') await afterPut();
        if (outcome === 'lost') throw new Error('no answer');
        answer = { type: 'done', result };
      } catch (err) {
        if (err instanceof Error && err.message.startsWith('the kept head')) throw err;
        answer = { type: 'failed', effect: effect.type, failure: failureOf(effect, err) };
      }
      replica.effect = undefined;
      input(replica, answer);
      return true;
    },

    deliver(replica: Replica, skip: number): boolean {
      const [payload] = replica.inbox.splice(0, 1 + skip).slice(-1);
      if (payload === undefined || !replica.alive) return false;
      input(replica, { type: 'head-seen', payload });
      return true;
    },

    pass(ms: number): void {
      nowMs += ms;
      for (const replica of all) if (replica.effect === undefined) input(replica, { type: 'tick' });
    },

    connection(replica: Replica, connected: boolean): void {
      input(replica, { type: 'bus-status', connected });
    },

    crash(replica: Replica): void {
      replica.alive = false;
      replica.effect = undefined;
      replica.inbox = [];
    },

    restart(replica: Replica, lag: number): void {
      if (!replica.alive) Object.assign(replica, born(lag));
    },

    /** The bus forgets everything. */
    async loseBus(): Promise<void> {
      for (const key of await bus.keys(names.kept)) await bus.remove(key);
      for (const name of await bus.objects('>')) await bus.removeObject(name);
      kept = undefined;
      everLost = true;
    },

    /** The store goes back, as after a failover with loss. */
    loseCommits(count: number): readonly StoredCommit[] {
      return commits.splice(Math.max(0, commits.length - count));
    },

    putBack(lost: readonly StoredCommit[]): void {
      for (const stored of lost) {
        const { revision } = stored.commit;
        const link = verifyLink(fold(commits.length), { ...stored, revision });
        if (isChainBreak(link)) throw new Error(link.problem);
        commits.push(stored);
      }
    },

    /** Everything that is on its way arrives, and enough time passes for every wait to end. */
    async rest(): Promise<void> {
      for (const replica of all) {
        world.restart(replica, 0);
        world.connection(replica, true);
      }
      for (let round = 0; round < 12; round++) {
        for (let busy = true; busy; ) {
          busy = false;
          for (const replica of all) {
            while (world.tail(replica)) busy = true;
            if (await world.carryOut(replica)) busy = true;
            while (world.deliver(replica, 0)) busy = true;
          }
        }
        world.pass(10_000);
      }
    },
  };
  for (const replica of all) input(replica, { type: 'tick' });
  return world;
}
