import type { Fleet } from '#test/support/fleet/fleet.ts';
import type { Command } from '#test/support/fleet/operator.ts';
import { definitionOf } from '#test/support/penstock.ts';

/** A command at random; some may find nothing to do, or touch what another one changes. @param n makes it another one */
export function randomCommand(fleet: Fleet, random: () => number, n: number): Command {
  const pick = (count: number) => Math.floor(random() * count);
  const worker = fleet.backends[pick(fleet.backends.length)]?.url ?? '';
  const kind = random();
  if (kind < 0.5) {
    const parameters = { loadfactor: String(1 + pick(20)) };
    return {
      method: 'PUT',
      path: '/v1/overrides',
      body: { balancer: 'balancer://app', worker, parameters, reason: `${n}` },
    };
  }
  if (kind < 0.6) {
    const query = new URLSearchParams({ balancer: 'balancer://app', worker });
    return { method: 'DELETE', path: `/v1/overrides?${query}` };
  }
  if (kind < 0.7) {
    return {
      method: 'POST',
      path: '/v1/rollback',
      body: { revision: 1 + pick(Math.max(1, fleet.operator.acknowledged.length)) },
    };
  }
  const routes = Array.from({ length: 1 + pick(5) }, (_, i) => `ProxyPass "/edit/${n}/${i}" "!"`);
  return {
    method: 'POST',
    path: '/v1/apply',
    body: { definition: definitionOf(fleet.lines(...routes)), allowShrink: true },
  };
}
