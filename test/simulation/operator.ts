import type { Balancer, BalancerParameters, VerdictPolicy } from '#shared/definition/balancer.ts';
import type { Definition } from '#shared/definition/definition.ts';
import type { Worker } from '#shared/definition/worker.ts';
import { definitionOf } from '#test/control-plane/support/definitions.ts';
import type { CommandOutcome } from '../../control-plane/command-handler.ts';
import { OperatingError } from '../../control-plane/operating-error.ts';
import type { Chance } from './chance.ts';
import type { Kernel } from './kernel.ts';
import type { ReplicaParts, SimReplica } from './sim-replica.ts';

/** A commit whose author was told that it is made. */
export type Acknowledged = { readonly commandId: string; readonly revision: number };

export type Operator = {
  /** Gives some command to a replica. */
  act(replica: SimReplica & { readonly parts: ReplicaParts }): void;
  /** A change that every node can serve and that harms nobody. */
  harmless(replica: SimReplica & { readonly parts: ReplicaParts }): void;
  acknowledged(): readonly Acknowledged[];
  /** Whether any command waits for its answer or is to be given again. */
  waits(): boolean;
};

type Command = {
  readonly id: string;
  readonly label: string;
  readonly give: (parts: ReplicaParts) => Promise<CommandOutcome>;
};

const WORKERS = 9;
const BALANCERS = 3;

/** Operators who change the fleet, and who ask again under the same key when they got no answer. */
export function createOperator(kernel: Kernel): Operator {
  const chance = kernel.chance.fork('operator');
  const acknowledged: Acknowledged[] = [];
  const open = new Map<string, Command>();
  const asked = new Set<string>();
  let commands = 0;

  function give(replica: SimReplica & { readonly parts: ReplicaParts }, command: Command): void {
    open.set(command.id, command);
    asked.add(command.id);
    kernel.after(0, replica.process, `is told ${command.label}`, () => {
      command
        .give(replica.parts)
        .then(
          (outcome) => answered(replica.name, command, outcome),
          (error: unknown) => failed(replica.name, command, error),
        )
        .finally(() => asked.delete(command.id));
    });
    // Whoever gets no answer asks again.
    kernel.after(8_000, undefined, 'timer', () => asked.delete(command.id));
  }

  function answered(by: string, { id, label }: Command, outcome: CommandOutcome): void {
    open.delete(id);
    const what = outcome.kind === 'rejected' ? outcome.rejection.type : `${outcome.kind} ${outcome.revision}`;
    kernel.note(`${by} says of ${label}: ${what}`);
    if (outcome.kind === 'committed') acknowledged.push({ commandId: id, revision: outcome.revision });
  }

  function failed(by: string, { id, label }: Command, error: unknown): void {
    if (!(error instanceof OperatingError)) throw error;
    kernel.note(`${by} cannot do ${label}: ${error.code}`);
    // Not done for sure: nobody waits for it.
    if (error.code !== 'outcome-unknown') open.delete(id);
  }

  function apply(change: (definition: Definition) => Definition): Command {
    const id = `command-${++commands}`;
    let wanted: Definition | undefined;
    const give = (parts: ReplicaParts) => {
      wanted ??= change(parts.commands().folded().definition);
      return parts.commands().apply({ definition: wanted, allowShrink: true }, { actor: 'ann', commandId: id });
    };
    return { id, label: `${id} apply`, give };
  }

  function override(): Command {
    const id = `command-${++commands}`;
    const status = chance.pick(['+D', '-D', '+N', '-N', '-E']);
    const [pickBalancer, pickWorker] = [chance.random(), chance.random()];
    const give = (parts: ReplicaParts) => {
      const { balancers } = parts.commands().folded().definition;
      const balancer = balancers[Math.floor(pickBalancer * balancers.length)];
      const worker = balancer?.members[Math.floor(pickWorker * balancer.members.length)];
      const name = { balancer: balancer?.name ?? 'none', worker: worker?.url ?? 'none' };
      return parts.commands().setOverride({ ...name, parameters: { status } }, { actor: 'ben', commandId: id });
    };
    return { id, label: `${id} set ${status}`, give };
  }

  return {
    act(replica) {
      const again = [...open.values()].filter(({ id }) => !asked.has(id));
      if (again.length > 0 && chance.happens(0.7)) return give(replica, chance.pick(again));
      if (chance.happens(0.8)) return give(replica, apply(changeOf(chance)));
      if (chance.happens(0.7)) return give(replica, override());
      const stands = replica.parts.health.view().workers.find(({ verdict }) => verdict === 'unavailable');
      if (stands === undefined) return;
      const { balancer, worker } = stands;
      kernel.after(0, replica.process, `is told to clear ${worker}`, () => {
        void replica.parts.health.clear({ balancer, worker, actor: 'cat', reason: 'I say so' });
      });
    },
    harmless: (replica) => give(replica, apply(withAnotherParameter(chance.index(50)))),
    acknowledged: () => acknowledged,
    waits: () => asked.size > 0,
  };
}

/** Some change; what it comes to depends on what is there. */
function changeOf(chance: Chance): (definition: Definition) => Definition {
  const name = `b${chance.index(BALANCERS)}`;
  const member = newWorker(chance);
  const parameters = newParameters(chance);
  const removes = chance.happens(0.1);
  const kind = chance.pick(['add', 'add', 'remove', 'settings'] as const);
  return ({ balancers }) => {
    const before = balancers.find((one) => one.name === name);
    if (before === undefined) return definitionOf(...balancers, { name, parameters, members: [member] });
    if (removes && balancers.length > 1) return definitionOf(...balancers.filter((one) => one !== before));
    const after = changed(before, kind, member, parameters);
    return definitionOf(...balancers.map((one) => (one === before ? after : one)));
  };
}

function changed(
  balancer: Balancer,
  kind: 'add' | 'remove' | 'settings',
  member: Worker,
  parameters: BalancerParameters,
): Balancer {
  const others = balancer.members.filter(({ url }) => url !== member.url);
  if (kind === 'settings') return { ...balancer, parameters };
  if (kind === 'remove' && others.length > 0) return { ...balancer, members: others };
  return { ...balancer, members: [...others, member] };
}

function newWorker(chance: Chance): Worker {
  const checked = chance.happens(0.4)
    ? { hcmethod: chance.pick(['TCP', 'GET'] as const), hcintervalMs: 1_000 * (1 + chance.index(5)) }
    : {};
  return {
    url: `http://w${chance.index(WORKERS)}.test:8080`,
    parameters: {
      retryMs: 1_000 * (1 + chance.index(15)),
      ...(chance.happens(0.2) ? { lbset: 1 } : {}),
      ...(chance.happens(0.2) ? { loadfactor: 1 + chance.index(5) } : {}),
      ...checked,
    },
  };
}

function newParameters(chance: Chance): BalancerParameters {
  const policies: readonly VerdictPolicy[] = [
    { kind: 'any' },
    { kind: 'any' },
    { kind: 'majority' },
    { kind: 'quorum', nodes: 2 },
    { kind: 'off' },
  ];
  return {
    verdict: chance.pick(policies),
    ...(chance.happens(0.5) ? { panic: chance.pick([0, 30, 70, 100]) } : {}),
    ...(chance.happens(0.3) ? { lbmethod: chance.pick(['bytraffic', 'bybusyness'] as const) } : {}),
    ...(chance.happens(0.3) ? { fleetbalance: true } : {}),
  };
}

function withAnotherParameter(timeoutMs: number): (definition: Definition) => Definition {
  return ({ balancers }) => {
    const [first, ...rest] = balancers;
    const base = first ?? { name: 'b0', parameters: {}, members: [] };
    const { timeoutMs: before = 0 } = base.parameters;
    // Another value than the one that is there, whatever that is.
    const next = 1 + ((Math.floor(before) + timeoutMs) % 997);
    return definitionOf({ ...base, parameters: { ...base.parameters, timeoutMs: next } }, ...rest);
  };
}

/** What every world begins with. */
export function firstDefinition(chance: Chance): Definition {
  const member = (n: number): Worker => ({ ...newWorker(chance), url: `http://w${n}.test:8080` });
  return definitionOf(
    { name: 'b0', parameters: newParameters(chance), members: [member(0), member(1), member(2)] },
    { name: 'b1', parameters: newParameters(chance), members: [member(3), member(4)] },
  );
}
