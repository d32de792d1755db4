import { subjects } from '#shared/bus.ts';
import { type NatsBus, natsBus } from '#shared/nats-bus/nats-bus.ts';
import type { Head } from '#shared/snapshot/head.ts';
import { isRefusal, openHead } from '#shared/snapshot/open.ts';

/** A fleet's bus as an onlooker. NATS must be there. */
export async function openBus(fleet: { readonly name: string }, nats: { readonly url: string }): Promise<NatsBus> {
  const bus = await natsBus({ servers: nats.url, fleet: fleet.name, name: 'onlooker', role: 'node' });
  await bus.ready();
  return bus;
}

/** The head the bus keeps. @throws when there is none, or it cannot be read */
export async function keptHead(fleet: { readonly name: string }, bus: NatsBus): Promise<Head> {
  const kept = await bus.getLatest(subjects(fleet.name).head);
  if (kept === undefined) throw new Error('the bus keeps no head');
  const opened = openHead(kept.payload, { fleet: fleet.name, trustedKeys: [] });
  if (isRefusal(opened)) throw new Error(opened.text);
  return opened.head;
}
