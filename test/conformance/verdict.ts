import type { StartGateway } from './bed.ts';
import { describe } from './compare.ts';
import { replay } from './replay.ts';
import type { Scope } from './scope.ts';
import type { Observed, Vector } from './vector.ts';

/** Replays a vector as far as its scope says, holding the gateway to the recording everywhere else. */
export async function judge(vector: Vector, scope: Scope, start: StartGateway): Promise<string[]> {
  const adjusted = withoutHeaders(vector, scope.withoutHeaders);
  try {
    const mismatches = await replay(adjusted, start, {
      ...(scope.withoutConfig === undefined ? {} : { withoutConfig: scope.withoutConfig.lines }),
      dropped: new Set(scope.dropped?.flatMap(({ steps }) => steps)),
      instead: insteadOf(adjusted, scope),
    });
    return mismatches.map(describe);
  } catch (err) {
    return [(err as Error).message];
  }
}

/** What is expected at the steps that are different on purpose. */
function insteadOf(vector: Vector, scope: Scope): Map<number, Observed> {
  const result = new Map<number, Observed>();
  for (const { steps, instead } of scope.different ?? []) {
    for (const step of steps) {
      // A recorded null is an observation (no answer, no worker); a null in `instead` takes the field out.
      const left = Object.entries(vector.observed[step] ?? {}).filter(([field]) => !(field in instead));
      const put = Object.entries(instead).filter(([, value]) => value !== null);
      result.set(step, Object.fromEntries([...left, ...put]) as Observed);
    }
  }
  return result;
}

function withoutHeaders(vector: Vector, unwanted: RegExp | undefined): Vector {
  if (unwanted === undefined) return vector;
  const observed = vector.observed.map((record) =>
    record?.headers === undefined
      ? record
      : { ...record, headers: record.headers.filter(([name]) => !unwanted.test(name)) },
  );
  return { ...vector, observed };
}
