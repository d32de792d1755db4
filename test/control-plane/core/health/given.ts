import type { VerdictPolicy } from '#shared/definition/balancer.ts';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import type { WorkerParameters } from '#shared/definition/worker.ts';
import type { HealthEntry, HealthEvent } from '#shared/health/health-event.ts';
import type { Member } from '#shared/health/health-frame.ts';
import { membersOf } from '#shared/health/members.ts';
import type { Observation, ObservationKind, Observations, Report, WorkerReport } from '#shared/node-message.ts';
import { reportOf, workerRow } from '#test/support/reports.ts';
import { healthConfig } from '../../../../control-plane/core/health/health-config.ts';
import {
  createHealthCore,
  type HealthCore,
  type HealthEffect,
  type HealthInput,
  type HealthSettings,
} from '../../../../control-plane/core/health/health-core.ts';
import { type HealthState, NO_VERDICTS } from '../../../../control-plane/core/health/health-state.ts';
import { healthStep } from '../../../../control-plane/core/health/health-step.ts';

export const FLEET = 'f';
export const BALANCER = 'app';

export const SETTINGS: HealthSettings = {
  periodMs: 5_000,
  minNodes: 1,
  maxFrameBytes: 1_000_000,
  maxNodes: 10_000,
  maxEvidence: 1_000_000,
  checkpointEvery: 500,
};

export function url(n: number): string {
  return `http://10.0.0.${n}:80`;
}

/** A fleet's content with one balancer of so many members. */
export function contentOf(policy: VerdictPolicy, members: number, parameters: WorkerParameters = {}) {
  const workers = Array.from({ length: members }, (_, i) => ({ url: url(i + 1), parameters }));
  const balancer = { name: BALANCER, parameters: { verdict: policy }, members: workers };
  return { definition: { ...EMPTY_DEFINITION, balancers: [balancer] }, overrides: new Map() };
}

/** A node's voice: each message with the next sequence number. */
export function speakerOf(node: string, options: { bootId?: string; zone?: string } = {}) {
  const { bootId = `boot-of-${node}`, zone } = options;
  let seq = 0;
  let reports = 0;
  return {
    says(kind: ObservationKind, worker = url(1), more: Partial<Observations> & Partial<Observation> = {}): HealthInput {
      const { reason = kind === 'failed' ? 'connect-refused' : '', timeMs = ++clock, ...message } = more;
      const observation = { balancer: BALANCER, worker, kind, reason, timeMs };
      return this.holds([observation], { complete: false, ...message });
    },
    holds(observations: readonly Observation[], more: Partial<Observations> = {}): HealthInput {
      const message = { node, bootId, fleet: FLEET, seq: ++seq, complete: true, observations, ...more };
      return { kind: 'observations', message };
    },
    reports(more: Partial<Report> = {}): HealthInput {
      const labels = zone === undefined ? {} : { zone };
      const said = { node, bootId, fleet: FLEET, seq: ++reports, labels, intervalMs: 10_000, ...more };
      return { kind: 'report', message: reportOf(said) };
    },
  };
}

let clock = 1_000;

export function row(worker: string, responses: bigint): WorkerReport {
  return workerRow({ balancer: BALANCER, url: worker, elected: responses, requests: responses, responses });
}

/** One replica with its log and bus, all in one place: what it appends is recorded, unless `log.refuses`. */
export function bed(
  options: {
    policy?: VerdictPolicy;
    members?: number;
    parameters?: WorkerParameters;
    settings?: Partial<HealthSettings>;
    log?: HealthState;
    known?: readonly Member[];
  } = {},
) {
  const { policy = { kind: 'any' }, members = 3, known = [], log = NO_VERDICTS } = options;
  let nowMs = 0;
  const entries: HealthEntry[] = [];
  const effects: HealthEffect[] = [];
  const settings = { ...SETTINGS, ...options.settings };
  const core: HealthCore = createHealthCore(FLEET, settings, log, nowMs);
  const self = {
    core,
    entries,
    /** Everything asked for so far. */
    effects,
    refusesAppends: false,
    step(input: HealthInput): void {
      for (const effect of healthStep(core, input, nowMs).effects) {
        effects.push(effect);
        if (effect.kind !== 'append') continue;
        if (self.refusesAppends) self.step({ kind: 'append-failed', reason: 'store is down' });
        else {
          const entry = { version: effect.expectedVersion + 1, timeMs: nowMs, events: effect.events };
          entries.push(entry);
          self.step({ kind: 'appended', entry });
        }
      }
    },
    /** Lets time pass in ticks of half a second, `each` before every tick. */
    wait(ms: number, each: (nowMs: number) => void = () => {}): void {
      for (const endMs = nowMs + ms; nowMs < endMs; ) {
        nowMs = Math.min(endMs, nowMs + 500);
        each(nowMs);
        self.step({ kind: 'tick' });
      }
    },
    now: () => nowMs,
    events: (): HealthEvent[] => entries.flatMap(({ events }) => events),
    /** Standing verdicts: `worker` or `worker@zone,zone`. */
    verdicts: (): string[] =>
      [...core.log.verdicts.values()]
        .map(({ worker, zones }) => (zones.length === 0 ? worker : `${worker}@${zones.join(',')}`))
        .sort(),
    frames: () => effects.flatMap((effect) => (effect.kind === 'publish-frame' ? [effect.frame] : [])),
  };
  self.step({ kind: 'members-kept', members: known.length === 0 ? undefined : membersOf(FLEET, known) });
  self.step({ kind: 'configured', config: healthConfig(contentOf(policy, members, options.parameters)) });
  self.step({ kind: 'tick' });
  return self;
}
