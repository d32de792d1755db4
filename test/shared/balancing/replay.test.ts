import { describe, expect, it } from 'vitest';
import { GatewayModel } from './replay/gateway-model.ts';
import { UNCOVERED } from './replay/uncovered.ts';
import { balancerVectors, type MemberState, type Observed, type Step, type Vector } from './replay/vector.ts';

/** Recorded times are rounded to 100 ms and carry httpd's own delays. */
const TIME_TOLERANCE_MS = 250;

const vectors = balancerVectors();

describe('answers recorded from httpd', () => {
  it('names no vector as uncovered that does not exist', () => {
    const names = vectors.map(({ name }) => name);
    expect(Object.keys(UNCOVERED).filter((name) => !names.includes(name))).toEqual([]);
  });

  it('has enough vectors to mean something', () => {
    expect(vectors.length - Object.keys(UNCOVERED).length).toBeGreaterThanOrEqual(60);
  });

  for (const vector of vectors.filter(({ name }) => UNCOVERED[name] === undefined)) {
    it(`${vector.name}: ${vector.description}`, () => replay(vector));
  }
});

function replay(vector: Vector): void {
  const gateway = new GatewayModel(vector.config);
  // An answer replaced by a local page does not name its backend any more.
  const replaced = vector.config.some((line) => line.includes('ProxyErrorOverride'));
  vector.steps.forEach((step, index) => {
    const observed = vector.observed[index] ?? {};
    const ignored = replaced && observed.worker === null ? { worker: null } : {};
    const actual = { ...perform(gateway, step), ...ignored };
    const at = `step ${index + 1} of ${vector.name}: ${JSON.stringify(step)}`;
    expect(comparable(actual, observed), at).toEqual(comparable(observed, observed));
    if (observed.elapsedMs !== undefined) {
      expect(Math.abs((actual.elapsedMs ?? 0) - observed.elapsedMs), `time of ${at}`).toBeLessThanOrEqual(
        TIME_TOLERANCE_MS,
      );
    }
    if (observed.state === undefined) return;
    // Bytes are fed in from the recording; only what a change of the lbmethod makes of them is ours.
    const withBytes = step.params?.b_lbm !== undefined;
    expect(counters(gateway.state(), withBytes), at).toEqual(counters(observed.state, withBytes));
    gateway.feedBytes(observed.state);
  });
}

function perform(gateway: GatewayModel, step: Step): Observed {
  if (step.backends !== undefined) gateway.setBackends(step.backends);
  switch (step.op ?? 'request') {
    case 'request': {
      const { session, routeChanged, ...answer } = gateway.request(step);
      const headers: [string, string][] = [
        ['X-Changed', routeChanged ? '1' : '(null)'],
        ['X-Route', session?.route ?? '(null)'],
        ['X-Sticky', session?.name ?? '(null)'],
      ];
      return { ...answer, headers };
    }
    case 'begin':
      return gateway.begin(step);
    case 'release':
      return gateway.release(step.id ?? '');
    case 'sleep':
      gateway.sleep(step.ms ?? 0);
      return {};
    case 'manager':
      return { status: gateway.manage(step) };
    case 'backends':
    case 'state':
      return {};
    default:
      throw new Error(`cannot replay a step "${step.op}"`);
  }
}

/** What of an answer is compared: as far as it was recorded, and of the headers those that tell about the session. */
function comparable(answer: Observed, recorded: Observed): Observed {
  const shown = new Set(recorded.headers?.map(([name]) => name));
  return {
    ...(recorded.status === undefined ? {} : { status: answer.status ?? null }),
    ...(recorded.worker === undefined ? {} : { worker: answer.worker ?? null }),
    ...(recorded.attempts === undefined ? {} : { attempts: answer.attempts ?? [] }),
    headers: (answer.headers ?? []).filter(([name]) => /^X-(Changed|Route|Sticky)$/.test(name) && shown.has(name)),
  };
}

function counters(state: Readonly<Record<string, MemberState>>, withBytes: boolean): Record<string, object> {
  return Object.fromEntries(
    Object.entries(state).map(([name, { transferred, read, ...rest }]) => [
      name,
      withBytes ? { transferred, read, ...rest } : rest,
    ]),
  );
}
