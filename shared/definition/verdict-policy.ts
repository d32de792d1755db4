import type { VerdictPolicy } from './balancer.ts';

/** What holds when a balancer does not say. */
export const DEFAULT_VERDICT: VerdictPolicy = { kind: 'majority' };

/** The most nodes that `quorum=K` may ask for. */
export const MAX_QUORUM = 10_000;

/** `any`, `majority`, `off` or `quorum=K` in any letter case; undefined for anything else. */
export function parseVerdictPolicy(text: string): VerdictPolicy | undefined {
  const lower = text.toLowerCase();
  if (lower === 'any' || lower === 'majority' || lower === 'off') return { kind: lower };
  const [, digits] = /^quorum=(\d{1,5})$/.exec(lower) ?? [];
  const nodes = Number(digits);
  return nodes >= 1 && nodes <= MAX_QUORUM ? { kind: 'quorum', nodes } : undefined;
}

/** The policy as configurations, health events and the wire write it. */
export function verdictPolicyText(policy: VerdictPolicy): string {
  return policy.kind === 'quorum' ? `quorum=${policy.nodes}` : policy.kind;
}
