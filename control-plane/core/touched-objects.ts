import { unreachable } from '#shared/assert.ts';
import { balancerId } from '#shared/definition/balancer.ts';
import { listenerId } from '#shared/definition/listener.ts';
import type { FleetEvent } from '#shared/event/fleet-event.ts';

/** Names of the objects that events change: two commits that share none can both be right. */
export function touchedObjects(events: readonly FleetEvent[]): ReadonlySet<string> {
  return new Set(events.map(touchedObject));
}

function touchedObject(event: FleetEvent): string {
  switch (event.type) {
    case 'listener-set':
      return `listener ${listenerId(event.listener)}`;
    case 'listener-removed':
      return `listener ${event.id}`;
    case 'virtual-host-set':
      return `virtual host ${event.virtualHost.id}`;
    case 'virtual-host-removed':
      return `virtual host ${event.id}`;
    case 'order-set':
      return 'order';
    case 'balancer-set':
      return `balancer ${balancerId(event.balancer)}`;
    case 'balancer-removed':
      return `balancer ${event.id}`;
    case 'override-set':
      return `override of balancer ${event.override.balancer} worker ${event.override.worker}`;
    case 'override-cleared':
      return `override of balancer ${event.balancer} worker ${event.worker}`;
    default:
      return unreachable(event);
  }
}
