import type { Balancer } from '#shared/definition/balancer.ts';
import { type Definition, EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import type { Worker, WorkerParameters } from '#shared/definition/worker.ts';

/** A worker by the last number of its address. */
export function worker(n: number, parameters: WorkerParameters = {}): Worker {
  return { url: `http://10.0.0.${n}:8080`, parameters };
}

export function balancer(name: string, members: readonly Worker[], parameters: Balancer['parameters'] = {}): Balancer {
  return { name, parameters, members };
}

/** A listener on 8080, everything to the first balancer. */
export function definitionOf(...balancers: readonly Balancer[]): Definition {
  const [first] = balancers;
  return {
    ...EMPTY_DEFINITION,
    listeners: [{ address: '*', port: 8080 }],
    mainServer: {
      ...EMPTY_DEFINITION.mainServer,
      routes:
        first === undefined
          ? []
          : [{ match: { kind: 'prefix', path: '/' }, target: { kind: 'balancer', name: first.name, path: '/' } }],
    },
    balancers,
  };
}
