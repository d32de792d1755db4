import { balancerId } from '#shared/definition/balancer.ts';
import type { Definition } from '#shared/definition/definition.ts';
import { parseStatus, WorkerStatus } from '#shared/definition/worker-status.ts';

/** What is valid and most likely not meant; never a reason to refuse. */
export function definitionWarnings(definition: Definition): readonly string[] {
  const warnings: string[] = [];
  if (definition.listeners.length === 0) warnings.push('there is no listener: nodes accept no connections');
  const routed = routedBalancers(definition);
  for (const balancer of definition.balancers) {
    const id = balancerId(balancer);
    const { members } = balancer;
    if (!routed.has(balancer.name)) warnings.push(`no route leads to balancer ${id}`);
    if (members.length === 0) warnings.push(`balancer ${id} has no members: its requests are answered with 503`);
    else if (members.every(({ parameters }) => isOff(parameters.status))) {
      warnings.push(`every member of balancer ${id} is disabled or stopped: its requests are answered with 503`);
    }
  }
  return warnings;
}

function routedBalancers({ mainServer, virtualHosts }: Definition): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { routes, locations } of [mainServer, ...virtualHosts]) {
    for (const route of [...routes, ...locations.map(({ route }) => route)]) {
      if (route?.target.kind === 'balancer') names.add(route.target.name);
    }
  }
  return names;
}

function isOff(status: string | undefined): boolean {
  const flags = status === undefined ? undefined : parseStatus(status);
  if (flags === undefined || 'error' in flags) return false;
  return (flags.set & (WorkerStatus.DISABLED | WorkerStatus.STOPPED)) !== 0;
}
