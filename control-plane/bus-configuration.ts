import { type Bus, subjects } from '#shared/bus.ts';
import {
  assemble,
  isRefusal,
  type OpenedConfiguration,
  openHead,
  type Refusal,
  type Trust,
} from '#shared/snapshot/open.ts';

/** The configuration the bus holds, verified whole; undefined if there is none. */
export async function loadFromBus(bus: Bus, trust: Trust): Promise<OpenedConfiguration | Refusal | undefined> {
  const subject = subjects(trust.fleet);
  const kept = await bus.getLatest(subject.head);
  if (kept === undefined) return undefined;
  const opened = openHead(kept.payload, trust);
  if (isRefusal(opened)) return opened;
  const { head } = opened;
  const snapshot = await bus.getObject(subject.snapshot(head.snapshotRevision, head.snapshotHash));
  if (snapshot === undefined) return missing(`snapshot ${head.snapshotRevision}`, opened.head);
  const deltas: Uint8Array[] = [];
  for (let revision = head.snapshotRevision + 1; revision <= head.revision; revision++) {
    const delta = await bus.getLatest(subject.delta(revision));
    if (delta === undefined) return missing(`delta ${revision}`, opened.head);
    deltas.push(delta.payload);
  }
  return assemble(head, snapshot, deltas);
}

function missing(what: string, head: OpenedConfiguration['head']): Refusal {
  return { code: 'unreadable', text: `the bus lacks ${what}, which its head of revision ${head.revision} needs`, head };
}
