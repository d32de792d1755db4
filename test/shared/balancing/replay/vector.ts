import { loadVectors, type Vector } from '#test/conformance/vector.ts';

export type { MemberState, Observed, Step, Vector } from '#test/conformance/vector.ts';

/** All vectors whose configuration has a balancer, by name. */
export function balancerVectors(): Vector[] {
  return loadVectors().filter(({ config }) => config.some((line) => line.toLowerCase().includes('balancer://')));
}
