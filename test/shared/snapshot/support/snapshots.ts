import * as fc from 'fast-check';
import type { Definition } from '#shared/definition/definition.ts';
import type { Override } from '#shared/definition/override.ts';
import type { Snapshot } from '#shared/snapshot/snapshot.ts';
import { arbitraryDefinition, arbitraryOverride } from '#test/shared/codec/arbitrary.ts';

/** Which items a list has next: from the old ones and some new ones, in any order, some of them copies. */
type Choice = { readonly index: number; readonly copy: boolean };

const picks = fc.array(fc.record({ index: fc.nat(20), copy: fc.boolean() }), { maxLength: 6 });

type Edit = {
  readonly fresh: Definition;
  readonly overrides: readonly Override[];
  readonly picks: readonly (readonly Choice[])[];
  readonly leave: Pick<Snapshot, 'allowShrink' | 'shrinkAllowedAt'>;
  readonly untouched: readonly boolean[];
};

const arbitraryEdit = fc.record({
  fresh: arbitraryDefinition,
  overrides: fc.array(arbitraryOverride, { maxLength: 3 }),
  picks: fc.array(picks, { minLength: 9, maxLength: 9 }),
  leave: fc.record({ allowShrink: fc.boolean(), shrinkAllowedAt: fc.nat() }, { requiredKeys: [] }),
  untouched: fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
}) as fc.Arbitrary<Edit>;

/** A fleet's snapshots one after another: any content, each keeping some objects of the one before, some as copies. */
export const arbitrarySnapshots: fc.Arbitrary<readonly Snapshot[]> = fc
  .array(arbitraryEdit, { minLength: 2, maxLength: 4 })
  .map(([first, ...edits]) => {
    const { fresh, overrides, leave } = plain(first as Edit);
    const snapshots: Snapshot[] = [{ fleet: 'f', revision: 1, definition: fresh, overrides, ...leave }];
    for (const edit of edits) snapshots.push(edited(snapshots.at(-1) as Snapshot, plain(edit)));
    return snapshots;
  });

function edited({ fleet, revision, definition: was, overrides }: Snapshot, edit: Edit): Snapshot {
  const mix = <T>(list: number, old: readonly T[], fresh: readonly T[]): readonly T[] => {
    const pool = [...old, ...fresh];
    if (edit.untouched[list] === true || pool.length === 0) return old;
    return (edit.picks[list] ?? []).map(({ index, copy }) => {
      const item = pool[index % pool.length] as T;
      return copy ? structuredClone(item) : item;
    });
  };
  const { fresh } = edit;
  const server = (old: Definition['mainServer'], next: Definition['mainServer']): Definition['mainServer'] => ({
    ...(edit.untouched[4] === true ? old : { ...next, id: old.id }),
    locations: mix(0, old.locations, next.locations),
    routes: mix(1, old.routes, next.routes),
    reverseRules: mix(2, old.reverseRules, next.reverseRules),
    workers: mix(3, old.workers, next.workers),
  });
  const [host] = fresh.virtualHosts;
  const [balancer] = fresh.balancers;
  const virtualHosts = host === undefined ? was.virtualHosts : was.virtualHosts.map((old) => server(old, host));
  const balancers =
    balancer === undefined
      ? was.balancers
      : was.balancers.map((old) => ({ ...old, members: mix(3, old.members, balancer.members) }));
  return {
    fleet,
    revision: revision + 1,
    definition: {
      listeners: mix(5, was.listeners, fresh.listeners),
      mainServer: server(was.mainServer, fresh.mainServer),
      virtualHosts: mix(6, virtualHosts, fresh.virtualHosts),
      balancers: mix(7, balancers, fresh.balancers),
    },
    overrides: mix(8, overrides, edit.overrides),
    ...edit.leave,
  };
}

/** fast-check also makes objects without prototype; a clone has the ordinary one. */
function plain<T>(value: T): T {
  return structuredClone(value);
}
