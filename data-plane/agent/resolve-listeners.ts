import { setTimeout as delay } from 'node:timers/promises';
import { type Listener, listenerId } from '#shared/definition/listener.ts';
import type { NodeError } from '#shared/node-message.ts';
import type { ProbeAddress } from '../ports.ts';
import type { BoundListener } from '../proxy/thread-message.ts';
import { describeMapped, type ListenMapping, mappingOf } from './listen-map.ts';

export type ResolvedListeners =
  | { readonly listeners: readonly BoundListener[] }
  | { readonly errors: readonly NodeError[] };

/** Both families where the machine has them: Node's sockets on `::` take IPv4, too. */
const EVERY_ADDRESS = ['::', '0.0.0.0'] as const;

/** How long our own threads may take to let go of an address, milliseconds, and how often that is looked at. */
const LETTING_GO = { forMs: 2_000, everyMs: 10 } as const;

/**
 * Maps configured listeners onto this machine. What is listened on already stays, a port found for 0 included; every other
 * address is probed, so that one held by another process is refused before any thread swaps.
 *
 * @param held what the threads listen on now
 * @param lettingGo what they listened on for a generation that is gone; one of them may not have heard yet
 * @param map which listeners bind elsewhere; two that would bind the same place are an error
 * @returns all errors at once, each naming its address
 * @source `Listen`
 */
export async function resolveListeners(
  configured: readonly Listener[],
  held: readonly BoundListener[],
  probe: ProbeAddress,
  lettingGo: readonly BoundListener[] = [],
  map: readonly ListenMapping[] = [],
): Promise<ResolvedListeners> {
  const patient: ProbeAddress = async (address, port) => {
    const ours = port !== 0 && lettingGo.some((other) => other.port === port && overlap(other.address, address));
    const untilMs = performance.now() + (ours ? LETTING_GO.forMs : 0);
    for (;;) {
      const probed = await probe(address, port);
      if ('port' in probed || probed.code !== 'EADDRINUSE' || performance.now() >= untilMs) return probed;
      await delay(LETTING_GO.everyMs);
    }
  };
  const listeners: BoundListener[] = [];
  const errors: NodeError[] = [];
  for (const listener of configured) {
    const mapping = mappingOf(map, listener);
    const resolved = await resolveOne(placeOf(listener, mapping), held, patient);
    const other = 'text' in resolved ? undefined : claimant(listeners, resolved);
    if ('text' in resolved || other !== undefined) {
      const text = 'text' in resolved ? resolved.text : `port ${other?.configuredPort} is bound there already`;
      const name = describeMapped(listener, mapping);
      const object = `listener ${listenerId(listener)}`;
      errors.push({ object, code: 'listen', text: `cannot listen on ${name}: ${text}` });
    } else listeners.push(resolved);
  }
  return errors.length > 0 ? { errors } : { listeners };
}

/** Where a listener is to be bound here, before it is known whether it can be; the address may still be `*`. */
function placeOf({ address, port }: Listener, mapping: ListenMapping | undefined): BoundListener {
  if (mapping === undefined) return { address, port, configuredPort: port };
  const to = mapping.to.address ?? address;
  const place = { address: to, port: mapping.to.port, configuredPort: port };
  return address === '*' || to === address ? place : { ...place, configuredAddress: address };
}

/** A listener already resolved to the same socket that means something else: connections could not be told apart. */
function claimant(bound: readonly BoundListener[], listener: BoundListener): BoundListener | undefined {
  const { address, port, configuredPort, configuredAddress } = listener;
  return bound.find(
    (other) =>
      other.address === address &&
      other.port === port &&
      (other.configuredPort !== configuredPort || other.configuredAddress !== configuredAddress),
  );
}

async function resolveOne(
  place: BoundListener,
  held: readonly BoundListener[],
  probe: ProbeAddress,
): Promise<BoundListener | { readonly text: string }> {
  const { address, port } = place;
  const candidates: readonly string[] = address === '*' ? EVERY_ADDRESS : [address];
  const [preferred = address] = candidates;
  const heldOn = (candidate: string) =>
    held.find(
      (other) =>
        other.address === candidate &&
        other.configuredPort === place.configuredPort &&
        other.configuredAddress === place.configuredAddress &&
        (port === 0 || other.port === port),
    );
  const kept = heldOn(preferred);
  if (kept !== undefined) return kept;
  // IPv4 alone stands for `*` only where there is nothing else: it may have been configured by itself until now.
  const narrower = candidates.length > 1 ? heldOn('0.0.0.0') : undefined;
  if (narrower !== undefined && !('port' in (await probe(preferred, 0)))) return narrower;

  // Our own threads hold the port on an overlapping address: a probe would find them, not a stranger.
  if (port !== 0 && held.some((other) => other.port === port && overlap(other.address, preferred))) {
    return { ...place, address: preferred };
  }

  let text = 'no address to try';
  for (const candidate of candidates) {
    const probed = await probe(candidate, port);
    if ('port' in probed) return { ...place, address: candidate, port: probed.port };
    text = probed.text;
    if (probed.code !== 'EAFNOSUPPORT' && probed.code !== 'EADDRNOTAVAIL') break;
  }
  return { text };
}

function overlap(a: string, b: string): boolean {
  const wild = (address: string) => address === '::' || address === '0.0.0.0';
  return a === b || wild(a) || wild(b);
}
