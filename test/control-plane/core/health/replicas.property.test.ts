import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { healthConfig } from '../../../../control-plane/core/health/health-config.ts';
import {
  createHealthCore,
  type HealthCore,
  type HealthInput,
} from '../../../../control-plane/core/health/health-core.ts';
import { foldHealth, NO_VERDICTS } from '../../../../control-plane/core/health/health-state.ts';
import { healthStep } from '../../../../control-plane/core/health/health-step.ts';
import type { VerdictPolicy } from '../../../../shared/definition/balancer.ts';
import type { HealthEntry } from '../../../../shared/health/health-event.ts';
import type { ObservationKind } from '../../../../shared/node-message.ts';
import { BALANCER, contentOf, FLEET, SETTINGS, speakerOf, url } from './given.ts';

const WORKERS = 3;
const NODES = 4;

/**
 * Replicas over one log and a bus that delays, repeats and loses: whatever is sent waits until `choose` says that it arrives, so that
 * every order comes about.
 */
function fleetOf(policy: VerdictPolicy, replicas: number, choose: () => number) {
  let nowMs = 0;
  const log: HealthEntry[] = [];
  const pending: (() => void)[] = [];
  const config = healthConfig(contentOf(policy, WORKERS));
  const cores = Array.from({ length: replicas }, () => createHealthCore(FLEET, SETTINGS, NO_VERDICTS, nowMs));
  const alive = new Set(cores);

  function step(core: HealthCore, input: HealthInput): void {
    if (!alive.has(core)) return;
    for (const effect of healthStep(core, input, nowMs).effects) {
      if (effect.kind === 'append') {
        later(() => {
          if (log.length !== effect.expectedVersion) {
            return later(() => step(core, { kind: 'append-conflict', version: log.length }));
          }
          const entry = { version: log.length + 1, timeMs: nowMs, events: effect.events };
          log.push(entry);
          for (const other of cores) later(() => step(other, { kind: 'entries', entries: log.slice() }));
          // Sometimes the answer is lost: appended, but not known to be.
          const lost = choose() % 5 === 0;
          later(() => step(core, lost ? { kind: 'append-failed', reason: 'lost' } : { kind: 'appended', entry }));
        });
      }
      if (effect.kind === 'read') later(() => step(core, { kind: 'entries', entries: log.slice() }));
      if (effect.kind === 'publish-frame') {
        const { version } = effect.frame;
        for (const other of cores) later(() => step(other, { kind: 'frame-seen', version }));
      }
    }
  }

  function later(work: () => void): void {
    pending.push(work);
  }

  for (const core of cores) {
    step(core, { kind: 'members-kept', members: undefined });
    step(core, { kind: 'configured', config });
  }

  return {
    cores,
    log,
    alive,
    /** To every replica, each on its own way: lost, once or twice. */
    send(input: HealthInput): void {
      for (const core of cores) {
        const copies = [0, 1, 1, 1, 2][choose() % 5] ?? 1;
        for (let n = 0; n < copies; n++) later(() => step(core, input));
      }
    },
    /** To every replica, at once. */
    tell(input: HealthInput): void {
      for (const core of cores) step(core, input);
    },
    /** One of what is under way arrives. */
    arrive(): void {
      const [work] = pending.splice(choose() % Math.max(1, pending.length), 1);
      work?.();
    },
    /** Everything arrives, and time passes. */
    settle(ms: number, each: (nowMs: number) => void = () => {}): void {
      for (const endMs = nowMs + ms; nowMs < endMs; nowMs += 500) {
        each(nowMs);
        for (const core of cores) step(core, { kind: 'tick' });
        while (pending.length > 0) pending.shift()?.();
      }
    },
  };
}

const policies = fc.constantFrom<VerdictPolicy>({ kind: 'any' }, { kind: 'majority' }, { kind: 'quorum', nodes: 2 });
const kinds = fc.constantFrom<ObservationKind>('failed', 'answered', 'check-failed', 'check-passed');
const acts = fc.array(
  fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({ node: fc.nat(NODES - 1), worker: fc.integer({ min: 1, max: WORKERS }), kind: kinds }),
    },
    { weight: 5, arbitrary: fc.constant('arrive' as const) },
    { weight: 1, arbitrary: fc.constant('pass' as const) },
  ),
  { maxLength: 60 },
);

describe('replicas over one health log', () => {
  it('come to the same verdicts, record nothing twice, and decide what nodes hold in the end', () => {
    fc.assert(
      fc.property(policies, acts, fc.infiniteStream(fc.nat(10_000)), fc.boolean(), (policy, list, chance, oneDies) => {
        const fleet = fleetOf(policy, 2, () => chance.next().value ?? 0);
        const voices = Array.from({ length: NODES }, (_, n) => speakerOf(`n${n}`));
        const held = voices.map(() => new Map<number, ObservationKind>());
        const sayAll = () => {
          for (const [n, voice] of voices.entries()) {
            const observations = [...(held[n] ?? [])].map(([worker, kind]) => {
              return { balancer: BALANCER, worker: url(worker), kind, reason: '', timeMs: worker };
            });
            fleet.tell(voice.reports());
            fleet.tell(voice.holds(observations));
          }
        };
        for (const act of list) {
          if (act === 'arrive') fleet.arrive();
          else if (act === 'pass') fleet.settle(500);
          else {
            held[act.node]?.set(act.worker, act.kind);
            const voice = voices[act.node];
            if (voice !== undefined) fleet.send(voice.says(act.kind, url(act.worker)));
          }
        }
        if (oneDies) fleet.alive.delete(fleet.cores[0] as HealthCore);
        fleet.settle(65_000, (nowMs) => nowMs % 15_000 === 0 && sayAll());

        const folded = fleet.log.reduce(foldHealth, NO_VERDICTS);
        for (const core of fleet.alive) expect(core.log).toEqual(folded);
        expectNoDoubles(fleet.log);
        for (let worker = 1; worker <= WORKERS; worker++) {
          const said = held.flatMap((of) => of.get(worker) ?? []);
          const against = said.filter((kind) => kind === 'failed' || kind === 'check-failed').length;
          const wanted = {
            any: 1,
            quorum: 2,
            majority: Math.max(2, Math.floor(said.length / 2) + 1),
            off: Number.POSITIVE_INFINITY,
          };
          const isOut = folded.verdicts.has(`${BALANCER} ${url(worker)}`);
          if (against >= wanted[policy.kind]) expect(isOut).toBe(true);
          // With nobody to say that it is available, what was decided on the way stands.
          else if (said.length > against) expect(isOut).toBe(false);
        }
      }),
      { numRuns: 200 },
    );
  });
});

function expectNoDoubles(log: readonly HealthEntry[]): void {
  const out = new Set<string>();
  for (const event of log.flatMap(({ events }) => events)) {
    if (event.type === 'worker-unavailable') {
      expect(out.has(event.worker)).toBe(false);
      out.add(event.worker);
    } else if (event.type === 'worker-available') expect(out.delete(event.worker)).toBe(true);
  }
}
