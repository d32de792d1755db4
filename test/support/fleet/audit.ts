import { decodeCommit, GENESIS, isChainBreak, verifyLink } from '#shared/event/commit-chain.ts';
import type { StoredCommit } from '#shared/event/fleet-event.ts';
import { type FleetState, foldCommit, INITIAL_STATE } from '#shared/event/fold.ts';
import { snapshotOf } from '#shared/snapshot/from-state.ts';
import { stateHash } from '#shared/snapshot/state-hash.ts';
import type { Fleet, FleetNode } from './fleet.ts';
import { patiently } from './patiently.ts';
import type { ReplicaProcess } from './replica.ts';

/** What the store holds, read and folded by the test itself. */
export type StoreContent = {
  readonly commits: readonly StoredCommit[];
  readonly state: FleetState;
  readonly stateHash: string;
};

/** Reads the whole history through a replica. @throws where the chain is broken */
export async function readStore(fleet: string, replica: ReplicaProcess): Promise<StoreContent> {
  const answer = await fetch(`${replica.url}/v1/export`);
  if (!answer.ok) throw new Error(`GET /v1/export: ${answer.status} ${await answer.text()}`);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '');
  const commits: StoredCommit[] = [];
  let head = GENESIS;
  let state = INITIAL_STATE;
  for (const line of lines) {
    const [, prevHash = '', hash = '', text = ''] =
      /^\{"prevHash":"([0-9a-f]{64})","hash":"([0-9a-f]{64})","commit":(.*)\}$/.exec(line) ?? [];
    const bytes = new TextEncoder().encode(text);
    const stored = { commit: decodeCommit(bytes), bytes, prevHash, hash };
    const next = verifyLink(head, { ...stored, revision: stored.commit.revision });
    if (isChainBreak(next)) throw new Error(`revision ${next.revision} ${next.problem}`);
    head = next;
    commits.push(stored);
    state = foldCommit(state, stored);
  }
  return { commits, state, stateHash: stateHash(snapshotOf(fleet, state)) };
}

/**
 * Waits until nodes serve what the store holds, by its content and not just by its number.
 *
 * @param nodes default all
 */
export async function converged(fleet: Fleet, nodes: readonly FleetNode[] = fleet.nodes): Promise<StoreContent> {
  const replica = fleet.replicas.find((each) => each.isRunning());
  if (replica === undefined) throw new Error('no replica runs that could be asked');
  const content = await readStore(fleet.name, replica);
  const { revision, epoch } = content.state;
  const wanted = `${epoch} ${revision} ${content.stateHash}`;
  for (const node of nodes) {
    let last: string | undefined;
    await patiently(`${node.name} at ${wanted}`, async () => {
      const status = await node.status();
      const { serving } = status ?? {};
      last = JSON.stringify({ serving, newest: status?.newest, errors: status?.errors, bus: status?.bus });
      return serving !== undefined && `${serving.epoch} ${serving.revision} ${serving.stateHash}` === wanted;
    }).catch((err: Error) => {
      throw new Error(`${err.message}; it says ${last}; output: ${node.output().slice(-3_000)}`);
    });
  }
  return content;
}

/**
 * Whether the history is whole: chain and head verify at every running replica, every acknowledged commit is there under its
 * revision, made by that very command, and none is there twice.
 *
 * @returns what is wrong; empty when nothing is
 */
export async function historyFaults(fleet: Fleet, { commits, state }: StoreContent): Promise<string[]> {
  const faults: string[] = [];
  for (const replica of fleet.replicas.filter((each) => each.isRunning())) {
    const { ok, revision, problem } = await replica.get('/v1/verify');
    if (!ok) faults.push(`${replica.name}: revision ${revision} ${problem}`);
    else if (revision !== state.revision) faults.push(`${replica.name} verified ${revision} of ${state.revision}`);
  }
  const revisions = new Map(commits.map(({ commit }) => [commit.commandId, commit.revision]));
  if (revisions.size !== commits.length) faults.push('a command was committed twice');
  for (const { key, revision } of fleet.operator.acknowledged) {
    const found = revisions.get(key);
    if (found !== revision) faults.push(`${key} was acknowledged as revision ${revision}, but is ${found}`);
  }
  return faults;
}

/** A backend's own count beside the fleet's. */
type CountsOfBackend = {
  readonly backend: string;
  readonly requests: number;
  readonly responses: number;
  readonly bytesOut: number;
};

/** Totals of the fleet by backend, as a replica tells them. */
export async function totalsAt(
  fleet: Pick<Fleet, 'backends'>,
  replica: ReplicaProcess,
): Promise<readonly CountsOfBackend[]> {
  const { counters, incomplete } = await replica.get('/v1/counters?by=worker');
  if (incomplete !== undefined) throw new Error(`${replica.name}: ${incomplete}`);
  return fleet.backends.map(({ name, url }) => {
    const row = counters.find(({ worker }: { worker: string }) => worker === url);
    return {
      backend: name,
      requests: Number(row?.requests ?? 0),
      responses: Number(row?.responses ?? 0),
      bytesOut: Number(row?.bytesOut ?? 0),
    };
  });
}

/** What backends counted themselves. */
export function countedBy({ backends }: Pick<Fleet, 'backends'>): readonly CountsOfBackend[] {
  return backends.map((backend) => {
    const { received, answered, bodyOut } = backend.counts();
    return { backend: backend.name, requests: received, responses: answered, bytesOut: bodyOut };
  });
}

/**
 * Waits until every running replica tells what the backends counted. Nothing may be under way any more.
 *
 * @param but backends that were killed under way: what they were sent, and what came of it, nobody knows exactly
 */
export async function countsAgree(
  fleet: Pick<Fleet, 'backends' | 'replicas'>,
  ...but: readonly string[]
): Promise<void> {
  const wanted = JSON.stringify(countedBy(fleet).filter(({ backend }) => !but.includes(backend)));
  for (const replica of fleet.replicas.filter((each) => each.isRunning())) {
    let told = '';
    await patiently(`counts of ${replica.name}`, async () => {
      const totals = await totalsAt(fleet, replica).catch((err: Error) => err.message);
      told = JSON.stringify(
        typeof totals === 'string' ? totals : totals.filter(({ backend }) => !but.includes(backend)),
      );
      return told === wanted;
    }).catch((err: Error) => {
      throw new Error(`${err.message}: it tells ${told}, backends counted ${wanted}`);
    });
  }
}
