import { overrideOf } from '#shared/definition/defaults.ts';
import type { Override, OverrideParameters } from '#shared/definition/override.ts';
import { WorkerStatus } from '#shared/definition/worker-status.ts';
import { keepEqual } from '#shared/slices.ts';

/** What an operator's acts on the members of one balancer amount to; the same object for as long as the acts are. */
export type Acts = { readonly byUrl: ReadonlyMap<string, MemberActs> };

type MemberActs = { readonly acts: readonly Override[]; readonly merged: OverrideParameters | undefined };

export const NO_ACTS: Acts = { byUrl: new Map() };

/** Acts by balancer. @param last those before: what nothing changed about is taken over */
export function actsOf(overrides: readonly Override[], last: ReadonlyMap<string, Acts>): ReadonlyMap<string, Acts> {
  const byBalancer = Map.groupBy(overrides, ({ balancer }) => balancer);
  return new Map(
    [...byBalancer].map(([balancer, own]) => {
      const known = last.get(balancer);
      const byUrl = new Map<string, MemberActs>();
      let same = true;
      for (const [url, acts] of Map.groupBy(own, ({ worker }) => worker)) {
        const before = known?.byUrl.get(url);
        const kept = before !== undefined && keepEqual(before.acts, acts) === before.acts;
        byUrl.set(url, kept ? before : { acts, merged: withoutError(overrideOf(acts, url)) });
        same &&= kept;
      }
      return [balancer, known !== undefined && same && known.byUrl.size === byUrl.size ? known : { byUrl }];
    }),
  );
}

/** @source apache-semantics section 18: `E cannot be changed` by hand; clearing it is our addition. */
function withoutError(override: OverrideParameters | undefined): OverrideParameters | undefined {
  if (override?.status === undefined) return override;
  return { ...override, status: { ...override.status, set: override.status.set & ~WorkerStatus.IN_ERROR } };
}
