import { describe, expect, test } from 'vitest';
import { startPenstock } from './penstock-gateway.ts';
import { SCOPE } from './scope.ts';
import { loadVectors } from './vector.ts';
import { judge } from './verdict.ts';

const vectors = loadVectors();

describe('answers recorded from httpd 2.4.71', () => {
  test('every entry of the scope names a vector that exists, and steps that exist in it', () => {
    for (const [name, scope] of Object.entries(SCOPE)) {
      const vector = vectors.find((each) => each.name === name);
      expect(vector, name).toBeDefined();
      const steps = [...(scope.dropped ?? []), ...(scope.different ?? [])].flatMap((each) => each.steps);
      expect(new Set(steps).size, name).toBe(steps.length);
      expect(Math.max(-1, ...steps), name).toBeLessThan(vector?.steps.length ?? 0);
    }
  });

  describe.concurrent('replay', () => {
    for (const vector of vectors) {
      const scope = SCOPE[vector.name] ?? {};
      // Listed in docs/conformance.md with its reason.
      if (scope.later !== undefined) continue;
      test(`${vector.name}: ${vector.description}`, { timeout: 60_000 }, async ({ expect }) => {
        expect(await judge(vector, scope, startPenstock)).toEqual([]);
      });
    }
  });
});
