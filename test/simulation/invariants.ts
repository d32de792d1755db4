import { subjects } from '#shared/bus.ts';
import { decodeHead, decodeSignedHead } from '#shared/codec/head-codec.ts';
import { balancerId } from '#shared/definition/balancer.ts';
import { isUsable, WorkerStatus } from '#shared/definition/worker-status.ts';
import { decidePanic, verdictCounts } from '#shared/health/panic.ts';
import type { Ack, WorkerReport } from '#shared/node-message.ts';
import { compareHeads, type Head } from '#shared/snapshot/head.ts';
import { type TrustedKey, verifyHead } from '#shared/snapshot/signature.ts';
import { hashState } from '#shared/snapshot/state-hasher.ts';
import { totalsByKey } from '../../control-plane/core/projection/counters.ts';
import type { Configuration } from '../../data-plane/agent/follower-state.ts';
import { type Counts, firstAbove, type GroundTruth } from './ground-truth.ts';
import { type History, lieOf, spellVerdicts } from './history.ts';
import { Violation } from './kernel.ts';
import type { Scenario } from './scenarios.ts';
import type { BusServer } from './sim-bus.ts';
import type { SimNode } from './sim-node.ts';
import type { SimReplica } from './sim-replica.ts';

/** A node looks again at rows with verdicts every quarter of a second. */
const BRING_MS = 900;

/** What must hold after every step. All of them throw a `Violation`. */
export type Invariants = {
  /** Something happened on a node. */
  node(node: SimNode): void;
  /** A node told the fleet something of a configuration. */
  acked(ack: Ack): void;
  /** A node's disk is gone: it begins from nothing. */
  forgetNode(name: string): void;
  /** The server of the bus has lost what it held. */
  busLost(): void;
  /** Before and after a message on health reached a node. */
  beforeFrame(node: SimNode): void;
  afterFrame(node: SimNode): void;
  /** Looks whether a node's rows are what verdicts and panic want. */
  rows(node: SimNode, nowMs: number): void;
  /** Looks at a replica. */
  replica(replica: SimReplica): void;
};

type Place = Pick<Head, 'epoch' | 'revision'>;

export type InvariantsOptions = {
  readonly fleet: string;
  readonly scenario: Scenario;
  readonly bus: BusServer;
  readonly history: History;
  readonly truth: GroundTruth;
  readonly trustedKeys: readonly TrustedKey[];
};

const OWN_BITS = WorkerStatus.IN_ERROR | WorkerStatus.HC_FAIL;

export function createInvariants(options: InvariantsOptions): Invariants {
  const { fleet, scenario, bus, history, truth, trustedKeys } = options;
  /** Per run of a node: what it served last. */
  const served = new WeakMap<SimNode, Configuration>();
  /** Per node: what it has told the fleet that it serves, and keeps. */
  const acked = new Map<string, Place>();
  const totals = new WeakMap<SimReplica, Map<string, Counts>>();
  /** Status bits before a frame. */
  const statuses = new Map<string, number>();
  /** Balancers whose rows are not as they should be, by id. */
  const differing = new WeakMap<SimNode, Map<string, { readonly as: string; readonly sinceMs: number }>>();
  let kept: Head | undefined;
  const names = subjects(fleet);
  const losesStore = scenario.faults['store-loses'] !== undefined;

  bus.onPut((key, payload) => {
    if (key !== names.head) return;
    const signed = decodeSignedHead(payload);
    const refusal = verifyHead(signed, trustedKeys);
    if (refusal !== undefined) throw new Violation(`a head is put on the bus, and ${refusal}`);
    const head = decodeHead(signed.head);
    const lie = lieOf(history, head);
    if (lie !== undefined) throw new Violation(`a head is put on the bus, but ${lie}`);
    if (kept !== undefined && compareHeads(head, kept) < 0) {
      throw new Violation(`the kept head goes back from ${placeText(kept)} to ${placeText(head)}`);
    }
    if (kept?.epoch === head.epoch && !history.descends(head.chainHash, kept.chainHash)) {
      throw new Violation(`the kept head leaves its history at ${placeText(kept)} for another ${placeText(head)}`);
    }
    kept = head;
  });

  function configuration(node: SimNode, now: Configuration): void {
    const { head } = now;
    const who = `${node.name} serves ${placeText(head)}`;
    const lie = lieOf(history, head);
    if (lie !== undefined) throw new Violation(`${who}, but ${lie}`);
    const { stateHash } = hashState(now.state.snapshot);
    if (stateHash !== head.stateHash)
      throw new Violation(`${who} with state ${stateHash}, its head says ${head.stateHash}`);
    const signed = decodeSignedHead(now.signedHead);
    const refusal = verifyHead(signed, trustedKeys);
    if (refusal !== undefined) throw new Violation(`${who}, and its head: ${refusal}`);
    const proved = decodeHead(signed.head);
    if (proved.chainHash !== head.chainHash) throw new Violation(`${who} by the head of another revision`);
    const before = served.get(node)?.head;
    if (before !== undefined && compareHeads(head, before) <= 0) {
      throw new Violation(`${node.name} goes from ${placeText(before)} to ${placeText(head)}`);
    }
    const floor = acked.get(node.name);
    // A configuration that killed the node is one it may go back from.
    if (floor !== undefined && scenario.probationMs === 0 && compareHeads(head, floor) < 0) {
      throw new Violation(`${node.name} acknowledged ${placeText(floor)} and goes back to ${placeText(head)}`);
    }
  }

  return {
    node(node) {
      const { follower } = node.agent.view();
      const now = follower.served;
      if (now !== undefined && now !== served.get(node)) {
        configuration(node, now);
        served.set(node, now);
      }
      const { cache, asked, absent, refusals, passed } = follower;
      if (
        cache.deltas.size > 128 ||
        asked.size > 80 ||
        absent.size > 80 ||
        refusals.length > 16 ||
        passed.length > 256
      ) {
        throw new Violation(`${node.name} remembers too much on its way`);
      }
    },

    acked({ node, phase, epoch, revision, errors }) {
      if (phase !== 'serving' || errors.some(({ code }) => code === 'storage')) return;
      const place = { epoch, revision };
      const before = acked.get(node);
      if (before === undefined || compareHeads(place, before) > 0) acked.set(node, place);
    },

    forgetNode: (name) => void acked.delete(name),

    busLost() {
      const encoded = bus.kept(names.head)?.payload;
      kept = encoded && decodeHead(decodeSignedHead(encoded).head);
    },

    beforeFrame(node) {
      statuses.clear();
      for (const row of node.agent.workers()) statuses.set(keyOf(row), row.status);
    },

    afterFrame(node) {
      if (node.agent.view().follower.swapping !== undefined) return;
      for (const [id, members] of judgedMembers(node)) {
        let takesOut = false;
        for (const { key, status, wanted, why } of members) {
          const before = statuses.get(key);
          if (before === undefined) continue;
          if ((status & OWN_BITS) !== (before & OWN_BITS)) {
            throw new Violation(`${node.name}: a frame changed what the node itself knows of ${key}`);
          }
          if ((status & ~before & WorkerStatus.FLEET_DOWN) === 0) continue;
          takesOut = true;
          if (!wanted) throw new Violation(`${node.name}: a frame takes out ${key}: ${why}`);
        }
        if (takesOut) refuseEmpty(node, id, members);
      }
    },

    rows(node, nowMs) {
      const since = differing.get(node) ?? new Map<string, { readonly as: string; readonly sinceMs: number }>();
      differing.set(node, since);
      const isBusy = node.agent.view().follower.swapping !== undefined || node.process.pausedUntilMs > nowMs;
      for (const [id, members] of isBusy ? [] : judgedMembers(node)) {
        // As long as the node's own experience changes, so may what panic says.
        const as = members.map(({ key, status, wanted }) => `${key} ${status} ${wanted}`).join();
        const wrong = members.find(({ status, wanted }) => ((status & WorkerStatus.FLEET_DOWN) !== 0) !== wanted);
        const before = since.get(id);
        if (wrong === undefined) since.delete(id);
        else if (before?.as !== as) since.set(id, { as, sinceMs: nowMs });
        else if (nowMs - before.sinceMs > BRING_MS) {
          throw new Violation(
            `${node.name} for a second: ${wrong.key} should be ${wrong.wanted ? 'out' : 'in'}: ${wrong.why}`,
          );
        }
      }
      if (isBusy) since.clear();
    },

    replica(replica) {
      const { parts } = replica;
      if (parts === undefined) return;
      const before = totals.get(replica) ?? new Map<string, Counts>();
      totals.set(replica, before);
      for (const [node, counters] of parts.counters.nodes()) {
        const now = totalsByKey(counters, 'workers');
        const more = firstAbove(now, truth.atMost(node));
        if (more !== undefined) throw new Violation(`${replica.name} counts more of ${node} than there was: ${more}`);
        const less = firstAbove(before.get(node) ?? new Map(), now);
        if (less !== undefined) throw new Violation(`${replica.name}'s totals of ${node} fall: ${less}`);
        before.set(node, now);
      }
      const { version, workers } = parts.health.view();
      const standing = workers.flatMap((one) =>
        one.verdict === 'unavailable'
          ? [{ key: `${one.balancer} ${one.worker}`, zones: one.zones, since: one.version ?? 0 }]
          : [],
      );
      const text = spellVerdicts(standing);
      if (!history.verdicts(version).has(text)) {
        const recorded = [...history.verdicts(version)].join(' or ');
        throw new Violation(
          `${replica.name}'s verdicts at version ${version} are "${text}", recorded are "${recorded}"`,
        );
      }
      const verdict = parts.guard.verdict();
      if (!losesStore && (verdict.kind === 'behind' || verdict.kind === 'forked')) {
        throw new Violation(`${replica.name} accuses a store that lost nothing: ${JSON.stringify(verdict)}`);
      }
    },
  };

  /** However panic is set: where somebody could serve without verdicts, somebody can with them. */
  function refuseEmpty(node: SimNode, id: string, members: readonly { readonly status: number }[]): void {
    const serves = (status: number) => isUsable(status) && (status & WorkerStatus.DRAIN) === 0;
    const without = members.some(({ status }) => serves(status & ~WorkerStatus.FLEET_DOWN));
    const withThem = members.some(({ status }) => serves(status));
    if (without && !withThem) throw new Violation(`${node.name}: verdicts leave nobody of ${id}`);
  }
}

type JudgedMember = {
  readonly key: string;
  readonly status: number;
  /** The fleet's verdict is to take it out here. */
  readonly wanted: boolean;
  readonly why: string;
};

/** Members of each balancer a node serves, and what verdicts and panic make of them: worked out anew from its rows. */
function judgedMembers(node: SimNode): ReadonlyMap<string, readonly JudgedMember[]> {
  const { follower, health } = node.agent.view();
  const rows = new Map(node.agent.workers().map((row) => [keyOf(row), row]));
  const verdicts = new Set(health.workers.flatMap((one) => (one.verdict ? [`${one.balancer} ${one.url}`] : [])));
  const judged = new Map<string, readonly JudgedMember[]>();
  for (const balancer of follower.served?.state.snapshot.definition.balancers ?? []) {
    const id = balancerId(balancer);
    const members = [...new Set(balancer.members.map(({ url }) => `${id} ${url}`))].flatMap((key) => {
      const row = rows.get(key);
      return row === undefined ? [] : [{ key, lbset: row.lbset, status: row.status, verdict: verdicts.has(key) }];
    });
    const heeds = balancer.parameters.verdict?.kind !== 'off';
    const panic = decidePanic(members, balancer.parameters.panic ?? 50);
    const withWishes = members.map((member) => {
      const why = `verdict ${member.verdict}, panic ${panic.kind}`;
      return { key: member.key, status: member.status, wanted: heeds && verdictCounts(member, panic), why };
    });
    judged.set(id, withWishes);
  }
  return judged;
}

export function placeText({ epoch, revision }: Place): string {
  return `revision ${revision} of epoch ${epoch}`;
}

function keyOf({ balancer, url }: Pick<WorkerReport, 'balancer' | 'url'>): string {
  return `${balancer} ${url}`;
}
