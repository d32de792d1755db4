import { subjects } from '#shared/bus.ts';
import { decodeHead, decodeSignedHead } from '#shared/codec/head-codec.ts';
import { WorkerStatus } from '#shared/definition/worker-status.ts';
import { totalsByKey } from '../../control-plane/core/projection/counters.ts';
import type { Faults } from './faults.ts';
import { firstAbove } from './ground-truth.ts';
import { Violation } from './kernel.ts';
import { WORLD_EPOCH_MS } from './machine.ts';
import { FLEET, type World } from './world.ts';

/** Deltas, snapshots and copies that the bus may keep at most, besides what was put since it was tidied last. */
const KEPT_AT_MOST = { deltas: 64 + 32, snapshots: 8, copies: 256 };
const TIDIED_EVERY_MS = 45_000;

/** What is not yet as it must be when nothing bad happens any more; undefined when everything is. */
export function unrest(world: World): string | undefined {
  const { bus, store, truth } = world;
  const names = subjects(FLEET);
  const head = store.head();
  const nodes = world.nodes();
  const replicas = world.replicas();
  if (nodes.length < world.nodeSpecs.length) return 'not every node is up';
  if (replicas.length < world.replicaSpecs.length) return 'not every replica is up';
  if (head.revision === 0) return 'nothing is committed';

  const encoded = bus.kept(names.head)?.payload;
  const kept = encoded && decodeHead(decodeSignedHead(encoded).head);
  if (kept?.chainHash !== head.chainHash) return `the bus has revision ${kept?.revision}, the store ${head.revision}`;
  for (const { name, agent } of nodes) {
    const served = agent.view().follower.served?.head;
    if (served?.chainHash !== head.chainHash)
      return `${name} serves revision ${served?.revision}, not ${head.revision}`;
  }

  for (const { name, parts } of replicas) {
    const status = parts.session().publisher.status();
    const { revision } = parts.commands().folded();
    if (parts.guard.verdict().kind !== 'ok') return `${name} finds the store ${parts.guard.verdict().kind}`;
    if (status.regressed !== undefined) return `${name} does not publish: ${status.regressed}`;
    if (status.publishedRevision !== head.revision)
      return `${name} has not seen it published: ${JSON.stringify(status)}`;
    if (status.foldedRevision !== head.revision) return `${name}'s publisher is at ${status.foldedRevision}`;
    if (revision > head.revision) return `${name} has folded ${revision}`;
    for (const node of truth.nodes()) {
      const now = totalsByKey(parts.counters.ofNode(node) ?? NOTHING, 'workers');
      const lacks = firstAbove(truth.atLeast(node), now);
      if (lacks !== undefined) return `${name}'s totals of ${node} lack something: ${lacks}`;
    }
    if (parts.counters.status().unsaved > 0) return `${name} has counts to save`;
  }

  const versions = new Set(replicas.map(({ parts }) => parts.health.view().version));
  const [version] = versions;
  if (versions.size > 1) return `replicas are at health versions ${[...versions].join(', ')}`;
  for (const { name, agent } of nodes) {
    const { health } = agent.view();
    if (health.frames !== 'fresh' || (health.version ?? 0) !== version) {
      return `${name} has frames ${health.frames} of version ${health.version}, the log is at ${version}`;
    }
    const down = agent.workers().find(({ status }) => status & WorkerStatus.FLEET_DOWN);
    if (down !== undefined) return `${name} leaves out ${down.url} of ${down.balancer}, and every worker is well`;
  }
  for (const { name, parts } of replicas) {
    const out = parts.health.view().workers.find(({ verdict }) => verdict === 'unavailable');
    if (out !== undefined)
      return `${name} holds ${out.worker} of ${out.balancer} unavailable, and every worker is well`;
  }
  const finals = bus.keys(names.allFinalReports);
  return finals.length === 0 ? undefined : `last reports are left on the bus: ${finals.join(', ')}`;
}

const NOTHING = { boots: new Map(), closed: { workers: new Map(), routes: new Map() }, closedBoots: [], closings: 0 };

/** What must be true at the end besides. */
export function checkEnd(world: World, faults: Faults): void {
  const { bus, store, history, operator, scenario } = world;
  const names = subjects(FLEET);
  history.verifyChain();
  const byRevision = new Map(store.commits().map(({ commit }) => [commit.revision, commit]));
  const epoch = history.configuration(store.head().chainHash)?.state.epoch ?? 0;
  const stored = new Set(store.commits().map(({ hash }) => hash));
  for (const lost of faults.lost()) {
    if (!stored.has(lost.hash) && epoch <= lost.epoch) {
      throw new Violation(`revision ${lost.revision} was lost, was known, is not back, and no epoch began`);
    }
  }
  if (scenario.faults['store-loses'] === undefined) {
    for (const { commandId, revision } of operator.acknowledged()) {
      const made = byRevision.get(revision)?.commandId;
      if (made !== commandId) {
        throw new Violation(`${commandId} was told that it is revision ${revision}, which is of ${made}`);
      }
    }
  }
  const counts = {
    deltas: bus.keys(names.allDeltas).length,
    snapshots: bus.objects(names.allSnapshots).length,
    copies: bus.keys(names.allCommits).length,
  };
  const sinceMs = WORLD_EPOCH_MS + world.kernel.nowMs() - TIDIED_EVERY_MS;
  const recent = store.commits().filter(({ commit }) => commit.timeMs > sinceMs).length;
  for (const [what, most] of Object.entries(KEPT_AT_MOST)) {
    const count = counts[what as keyof typeof counts];
    if (count > most + recent) throw new Violation(`the bus keeps ${count} ${what}`);
  }
}
