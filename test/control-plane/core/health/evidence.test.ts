import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEvidence, type Evidence, retainWorkers } from '../../../../control-plane/core/health/evidence.ts';
import type { HealthInput } from '../../../../control-plane/core/health/health-core.ts';
import { type NodeOpinion, opinionsOf, tallyOf } from '../../../../control-plane/core/health/opinions.ts';
import { receiveObservations, receiveReport } from '../../../../control-plane/core/health/receive.ts';
import { workerKey } from '../../../../shared/health/verdict.ts';
import type { ObservationKind } from '../../../../shared/node-message.ts';
import { BALANCER, row, speakerOf, url } from './given.ts';

const LIMITS = { nodes: 100, held: 10_000 };

function take(evidence: Evidence, input: HealthInput, nowMs: number): void {
  if (input.kind === 'observations') receiveObservations(evidence, input.message, nowMs);
  if (input.kind === 'report') receiveReport(evidence, input.message, nowMs);
}

/** `n1:failed`, as far as it is fresh. */
function said(evidence: Evidence, worker = url(1), nowMs = 0, checkFreshMs = 45_000): string[] {
  const key = workerKey({ balancer: BALANCER, worker });
  evidence.checkFreshMs = () => checkFreshMs;
  const fresh = opinionsOf(evidence, key, nowMs).filter((opinion) => opinion.fresh);
  expectTally(evidence, key, fresh, nowMs);
  return fresh.map(({ node, saw }) => `${node}:${saw}`).sort();
}

/** What is kept along is what one would count. */
function expectTally(evidence: Evidence, key: string, fresh: readonly NodeOpinion[], nowMs: number): void {
  // Durations of freshness have just changed here.
  const voices = evidence.byWorker.get(key);
  if (voices !== undefined && nowMs > 0) voices.staleMs = 0;
  const expected = [...Map.groupBy(fresh, ({ zone = '' }) => zone)].map(([zone, of]) => {
    const available = of.filter((one) => one.available).length;
    return [zone, { available, unavailable: of.length - available }] as const;
  });
  expect(tallyOf(evidence, key, nowMs).tally).toEqual(new Map(expected));
}

function evidenceOf(...inputs: readonly HealthInput[]): Evidence {
  const evidence = createEvidence(LIMITS);
  for (const input of inputs) take(evidence, input, 0);
  return evidence;
}

describe('evidence', () => {
  it('is the newest opinion of each node', () => {
    const [a, b] = [speakerOf('a'), speakerOf('b')];
    const evidence = evidenceOf(a.says('failed'), b.says('check-passed'), a.says('answered'));
    expect(said(evidence)).toEqual(['a:answered', 'b:check-passed']);
  });

  it('of a complete set takes the place of everything the node said before', () => {
    const a = speakerOf('a');
    const observation = { balancer: BALANCER, worker: url(2), kind: 'failed', reason: '', timeMs: 1 } as const;
    const evidence = evidenceOf(a.says('failed', url(1)), a.holds([observation]));
    expect(said(evidence, url(1))).toEqual([]);
    expect(said(evidence, url(2))).toEqual(['a:failed']);
  });

  it('of a boot that has ended counts until the new boot has said all it holds, and is heard no more', () => {
    const [old, young] = [speakerOf('a', { bootId: 'one' }), speakerOf('a', { bootId: 'two' })];
    const late = old.says('check-failed');
    const evidence = evidenceOf(old.says('failed'), young.reports());
    expect(said(evidence)).toEqual(['a:failed connect-refused']);
    take(evidence, young.holds([]), 0);
    take(evidence, late, 0);
    take(evidence, old.says('failed'), 0);
    expect(said(evidence)).toEqual([]);
  });

  it('ends with a good-bye, and a message that was late does not bring it back', () => {
    const a = speakerOf('a');
    const first = a.says('failed');
    const late = a.says('failed');
    const evidence = evidenceOf(first, a.reports({ final: true }), late);
    expect(said(evidence)).toEqual([]);
    expect(evidence.held).toBe(0);
  });

  it.each<[ObservationKind, number, number, boolean]>([
    ['failed', 44_999, 45_000, true],
    ['failed', 45_000, 90_000, false],
    ['check-failed', 89_999, 90_000, true],
    ['check-failed', 90_000, 90_000, false],
    ['check-passed', 89_999, 90_000, true],
    ['answered', 45_000, 90_000, false],
  ])('%s after %i ms, checks counting %i ms: fresh is %s', (kind, ageMs, checkFreshMs, fresh) => {
    const evidence = evidenceOf(speakerOf('a').says(kind));
    expect(said(evidence, url(1), ageMs, checkFreshMs)).toHaveLength(fresh ? 1 : 0);
  });

  it('is that requests are answered, when a counter of responses has grown', () => {
    const [a, b] = [speakerOf('a'), speakerOf('b')];
    const evidence = evidenceOf(
      a.reports({ workers: [row(url(1), 7n)] }),
      b.reports({ workers: [row(url(1), 7n)] }),
      b.reports({ workers: [row(url(1), 8n)] }),
    );
    expect(said(evidence)).toEqual(['b:answers requests']);
  });

  it('is not that a counter is lower, or of another incarnation, or of another boot', () => {
    const [a, b] = [speakerOf('a', { bootId: 'one' }), speakerOf('a', { bootId: 'two' })];
    const evidence = evidenceOf(
      a.reports({ workers: [row(url(1), 7n)] }),
      a.reports({ workers: [row(url(1), 3n)] }),
      a.reports({ workers: [{ ...row(url(1), 9n), incarnation: 2 }] }),
      b.reports({ workers: [{ ...row(url(1), 99n), incarnation: 2 }] }),
    );
    expect(said(evidence)).toEqual([]);
  });

  it('moves with a node to another zone', () => {
    const a = speakerOf('a');
    const evidence = evidenceOf(a.reports({ labels: { zone: 'west' } }), a.says('failed'));
    expect(said(evidence)).toHaveLength(1);
    take(evidence, a.reports({ labels: { zone: 'east' } }), 0);
    const { tally } = tallyOf(evidence, workerKey({ balancer: BALANCER, worker: url(1) }), 0);
    expect([...tally]).toEqual([['east', { available: 0, unavailable: 1 }]]);
  });

  it('is not of plain workers, of which nothing is decided', () => {
    const plain = { ...row(url(1), 5n), balancer: 'main!plain' };
    const evidence = evidenceOf(speakerOf('a').reports({ workers: [plain, row(url(2), 5n)] }));
    expect([evidence.held, evidence.dropped]).toEqual([1, 0]);
  });

  it('is bounded, and counts what it does not take', () => {
    const evidence = createEvidence({ nodes: 2, held: 3 });
    for (const name of ['a', 'b', 'c']) {
      const voice = speakerOf(name);
      for (let n = 1; n <= 2; n++) take(evidence, voice.says('failed', url(n)), 0);
    }
    expect(evidence.nodes.size).toBe(2);
    expect(evidence.held).toBe(3);
    expect(evidence.dropped).toBe(3);
  });

  it('has room for opinions when counters have taken what they may', () => {
    const evidence = createEvidence({ nodes: 2, held: 4 });
    const a = speakerOf('a');
    take(evidence, a.reports({ workers: [1, 2, 3, 4].map((n) => row(url(n), 1n)) }), 0);
    expect(evidence.held).toBe(2);
    take(evidence, a.says('failed', url(4)), 0);
    expect(said(evidence, url(4))).toEqual(['a:failed connect-refused']);
  });

  it('of one node leaves room for what others say', () => {
    const evidence = createEvidence({ nodes: 10, held: 1_000, strangers: 20 });
    const key = (n: number) => workerKey({ balancer: BALANCER, worker: url(n) });
    const configured = new Set([1, 2, 3].map(key));
    retainWorkers(evidence, (asked) => configured.has(asked));
    const [a, b] = [speakerOf('a'), speakerOf('b')];
    const flood = Array.from({ length: 5_000 }, (_, i) => ({
      balancer: BALANCER,
      worker: `http://x${i}`,
      kind: 'failed' as const,
      reason: '',
      timeMs: 1,
    }));
    take(evidence, a.reports({ workers: flood.map(({ worker }) => row(worker, 1n)) }), 0);
    expect(evidence.held).toBe(10);
    take(evidence, a.holds(flood), 0);
    expect(evidence.held).toBe(20);
    expect(evidence.dropped).toBe(4_990 + 4_990);
    // Of what is configured, everybody is heard.
    take(evidence, a.says('failed', url(1)), 0);
    take(evidence, b.says('failed', url(1)), 0);
    expect(said(evidence)).toEqual(['a:failed connect-refused', 'b:failed connect-refused']);
    // Whatever it takes back makes room, and so does a configuration.
    take(evidence, a.holds(flood.slice(100, 120)), 0);
    expect([evidence.held, evidence.nodes.get('a')?.strangers]).toEqual([11 + 10, 20]);
    retainWorkers(evidence, (asked) => configured.has(asked));
    expect([evidence.held, evidence.nodes.get('a')?.strangers]).toEqual([1, 0]);
    take(evidence, a.holds(flood.slice(0, 15)), 0);
    take(evidence, speakerOf('a', { bootId: 'next' }).reports({ final: true }), 0);
    expect([evidence.held, evidence.nodes.get('a')?.strangers]).toEqual([1, 0]);
  });

  it('is not taken under names that are longer than any that can be configured', () => {
    const long = 'x'.repeat(10_000);
    const [a, b] = [speakerOf('a'), speakerOf('b', { bootId: long })];
    const evidence = evidenceOf(
      a.says('failed', long),
      a.reports({ workers: [row(long, 1n)], labels: { zone: long } }),
      b.says('failed'),
    );
    expect([evidence.held, evidence.dropped]).toEqual([0, 3]);
    expect(evidence.nodes.get('a')?.zone).toHaveLength(255);
    expect(evidence.nodes.has('b')).toBe(false);
  });

  const kinds = fc.constantFrom<ObservationKind>('failed', 'answered', 'check-failed', 'check-passed');
  const sayings = fc.array(
    fc.record({ node: fc.nat(2), worker: fc.integer({ min: 1, max: 3 }), kind: kinds, complete: fc.boolean() }),
    { maxLength: 30 },
  );
  function messagesOf(list: readonly { node: number; worker: number; kind: ObservationKind; complete: boolean }[]) {
    const voices = [0, 1, 2].map((n) => speakerOf(`n${n}`));
    return list.flatMap(({ node, worker, kind, complete }, i) => {
      const message = voices[node]?.says(kind, url(worker), { complete, timeMs: i + 1 });
      return message === undefined ? [] : [message];
    });
  }
  const everything = (evidence: Evidence) => [1, 2, 3].map((n) => said(evidence, url(n)));

  it('does not change by messages that come again', () => {
    fc.assert(
      fc.property(sayings, fc.infiniteStream(fc.nat(1_000)), (list, places) => {
        const messages = messagesOf(list);
        const repeated = messages.flatMap((message, i) => {
          const earlier = messages[(places.next().value ?? 0) % (i + 1)];
          return earlier === undefined ? [message] : [message, earlier];
        });
        expect(everything(evidenceOf(...repeated))).toEqual(everything(evidenceOf(...messages)));
      }),
    );
  });

  it('is the same after complete sets, whatever was lost or overtaken before, and holds no more than is said', () => {
    fc.assert(
      fc.property(sayings, fc.infiniteStream(fc.integer({ min: -2, max: 2 })), (list, shifts) => {
        const messages = messagesOf(list);
        const inOrder = evidenceOf(...messages);
        const shuffled = messages
          .map((message, i) => ({ message, at: i + 2 * (shifts.next().value ?? 0) }))
          .toSorted((a, b) => a.at - b.at)
          .filter((_, i) => i % 4 !== 3)
          .map(({ message }) => message);
        const disturbed = evidenceOf(...shuffled);
        for (const evidence of [inOrder, disturbed]) {
          for (const n of [0, 1, 2]) {
            const observation = { balancer: BALANCER, worker: url(1), kind: 'failed', reason: '', timeMs: 1 } as const;
            take(evidence, speakerOf(`n${n}`).holds([observation], { seq: 1_000 }), 0);
          }
        }
        expect(everything(disturbed)).toEqual(everything(inOrder));
        expect(disturbed.held).toBe(3);
        expect([...disturbed.nodes.values()].map(({ strangers }) => strangers)).toEqual([1, 1, 1]);
        expect([...disturbed.byWorker.keys()]).toHaveLength(1);
      }),
    );
  });
});
