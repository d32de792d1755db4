import { describeOverrideChanges } from '#shared/definition/describe-changes.ts';
import { formatDuration } from '#shared/definition/format-setting.ts';
import type { Override, OverrideParameters } from '#shared/definition/override.ts';
import { parseWorkerParameter } from '#shared/definition/parameters.ts';
import type { DefinitionProblem } from '#shared/definition/validate.ts';
import { type StatusChange, WorkerStatus } from '#shared/definition/worker-status.ts';
import { sameJson } from '#shared/event/canonical-json.ts';
import { type FleetState, overrideKey } from '#shared/event/fold.ts';
import { type Decision, rejected } from './decision.ts';
import { findWorker } from './find-worker.ts';

export type SetOverrideCommand = {
  readonly balancer: string;
  readonly worker: string;
  /** As in the configuration: `{ status: '+N', loadfactor: '5' }`. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly actor: string;
  readonly reason?: string;
  /** How long it lasts; absent: until an operator takes it back. */
  readonly forMs?: number;
};

/** What may change while the fleet runs. */
export const OVERRIDE_KEYS: readonly string[] = ['status', 'loadfactor', 'lbset', 'route', 'redirect'];

const YEAR_MS = 366 * 86_400_000;

/**
 * Lays an operator's act over a worker. It merges over an earlier one, parameter by parameter and flag by flag; reason and
 * expiry are the new act's.
 */
export function decideSetOverride(state: FleetState, command: SetOverrideCommand, nowMs: number): Decision {
  const found = findWorker(state.definition, command.balancer, command.worker);
  if ('type' in found) return { kind: 'rejected', rejection: found };
  const { parameters, problems } = readParameters(command.parameters);
  const { actor, reason, forMs } = command;
  if (forMs !== undefined && (forMs < 1_000 || forMs > YEAR_MS)) {
    problems.push({ path: 'for', detail: `${formatDuration(forMs)} is no expiry; want 1s to 366 days` });
  }
  if (problems.length > 0) {
    return rejected('invalid-override', problems.map(({ detail }) => detail).join('; '), { problems });
  }
  const identity = { balancer: found.balancer, worker: found.worker.url };
  // One whose time is up is over, even if nobody has cleared it yet: its flags must not live on in this one.
  const earlier = unlessOver(state.overrides.get(overrideKey(identity)), nowMs);
  const override: Override = {
    ...identity,
    parameters: mergeParameters(earlier?.parameters, parameters),
    actor,
    ...(reason === undefined ? {} : { reason }),
    sinceMs: nowMs,
    ...(forMs === undefined ? {} : { untilMs: nowMs + forMs }),
  };
  if (earlier !== undefined && isRepeated(earlier, override)) {
    return { kind: 'accepted', events: [], changes: [], warnings: [] };
  }
  const overrides = new Map(state.overrides).set(overrideKey(identity), override);
  return {
    kind: 'accepted',
    events: [{ type: 'override-set', override }],
    changes: describeOverrideChanges(state.overrides, overrides),
    warnings: expiryWarnings(earlier, override),
  };
}

function unlessOver(override: Override | undefined, nowMs: number): Override | undefined {
  return override?.untilMs !== undefined && override.untilMs <= nowMs ? undefined : override;
}

function readParameters(texts: Readonly<Record<string, string>>) {
  const problems: DefinitionProblem[] = [];
  let parameters: OverrideParameters = {};
  const refuse = (key: string, detail: string) => problems.push({ path: `parameters.${key}`, detail });
  for (const [given, text] of Object.entries(texts)) {
    const key = given.toLowerCase();
    const result = parseWorkerParameter(key, text);
    if (!OVERRIDE_KEYS.includes(key)) {
      refuse(given, `${given} cannot be changed at run time; ${OVERRIDE_KEYS.join(', ')} can`);
    } else if (!result.ok) refuse(given, result.error);
    else if (result.status === undefined) {
      const { status: _, ...others } = result.parameters;
      parameters = { ...parameters, ...others };
    } else if (((result.status.set | result.status.clear) & WorkerStatus.IN_ERROR) !== 0) {
      refuse(given, `status=${text}: E is the nodes' own flag, set by failures and cleared after retry; use D or S`);
    } else parameters = { ...parameters, status: result.status };
  }
  if (Object.keys(texts).length === 0) {
    problems.push({ path: 'parameters', detail: `nothing to set; give one of ${OVERRIDE_KEYS.join(', ')}` });
  }
  return { parameters, problems };
}

function mergeParameters(earlier: OverrideParameters | undefined, added: OverrideParameters): OverrideParameters {
  if (earlier === undefined) return added;
  const status = added.status && earlier.status ? mergeStatus(earlier.status, added.status) : added.status;
  return { ...earlier, ...added, ...(status === undefined ? {} : { status }) };
}

function mergeStatus(earlier: StatusChange, later: StatusChange): StatusChange {
  return { set: (earlier.set & ~later.clear) | later.set, clear: (earlier.clear & ~later.set) | later.clear };
}

/** Same values, same reason, no new expiry: nothing to record. */
function isRepeated(earlier: Override, override: Override): boolean {
  return (
    sameJson(earlier.parameters, override.parameters) &&
    earlier.reason === override.reason &&
    earlier.untilMs === undefined &&
    override.untilMs === undefined
  );
}

function expiryWarnings(earlier: Override | undefined, override: Override): readonly string[] {
  if (earlier === undefined || earlier.untilMs === override.untilMs) return [];
  const end = (untilMs: number | undefined) =>
    untilMs === undefined ? 'until it is cleared' : `until ${new Date(untilMs).toISOString()}`;
  return [
    `${override.worker} had an override already; all of it now lasts ${end(override.untilMs)}, before ${end(earlier.untilMs)}`,
  ];
}
