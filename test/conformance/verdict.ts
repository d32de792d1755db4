import type { StartGateway } from './bed.ts';
import type { Mismatch } from './compare.ts';
import { describe } from './compare.ts';
import { replay } from './replay.ts';
import type { Scope } from './scope.ts';
import type { Observed, Vector } from './vector.ts';

/** What became of a vector. */
export type Verdict = {
  readonly vector: string;
  /** Everything in scope is as recorded, or different as stated; or the vector waits for a later capability. */
  readonly outcome: 'passed' | 'failed' | 'later';
  /** Steps compared, and of those the ones different on purpose. */
  readonly compared: number;
  readonly different: number;
  readonly dropped: number;
  /** Of a failure, what differs. */
  readonly failures: readonly string[];
};

/** Replays a vector as far as its scope says, holding the gateway to the recording everywhere else. */
export async function judge(vector: Vector, scope: Scope, start: StartGateway): Promise<Verdict> {
  const different = scope.different?.flatMap(({ steps }) => steps) ?? [];
  const dropped = new Set(scope.dropped?.flatMap(({ steps }) => steps) ?? []);
  const counts = { compared: vector.steps.length - dropped.size, different: different.length, dropped: dropped.size };
  if (scope.later !== undefined) {
    return {
      vector: vector.name,
      outcome: 'later',
      compared: 0,
      different: 0,
      dropped: vector.steps.length,
      failures: [],
    };
  }
  let failures: string[];
  try {
    const adjusted = adjust(vector, scope);
    const mismatches = await replay(adjusted, start, {
      ...(scope.withoutConfig === undefined ? {} : { withoutConfig: scope.withoutConfig.lines }),
      dropped,
    });
    failures = mismatches.map((mismatch: Mismatch) => describe(mismatch));
  } catch (err) {
    failures = [(err as Error).message];
  }
  return { vector: vector.name, outcome: failures.length === 0 ? 'passed' : 'failed', ...counts, failures };
}

/** The vector with what is different on purpose put in the place of what was recorded. */
function adjust(vector: Vector, scope: Scope): Vector {
  const observed = vector.observed.map((record, index): Observed | null => {
    if (record === null) return null;
    const instead = scope.different?.find(({ steps }) => steps.includes(index))?.instead ?? {};
    // A recorded null is an observation (no answer, no worker); a null in `instead` takes the field out.
    const left = Object.entries(record).filter(([field]) => !(field in instead));
    const put = Object.entries(instead).filter(([, value]) => value !== null);
    const adjusted = Object.fromEntries([...left, ...put]) as Observed;
    const { withoutHeaders } = scope;
    if (withoutHeaders === undefined || adjusted.headers === undefined) return adjusted;
    return { ...adjusted, headers: adjusted.headers.filter(([name]) => !withoutHeaders.test(name)) };
  });
  return { ...vector, observed };
}
