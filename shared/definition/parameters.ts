import type { BalancerParameters } from './balancer.ts';
import { BALANCER_PARAMETERS } from './balancer-parameters.ts';
import { nearestName } from './nearest-name.ts';
import type { ParameterSpec } from './parameter-spec.ts';
import { duration, refused } from './parameter-value.ts';
import type { WorkerParameters } from './worker.ts';
import { ENABLEREUSE, WORKER_PARAMETERS } from './worker-parameters.ts';
import { applyStatus, parseStatus, type StatusChange, statusLetters } from './worker-status.ts';

export type { ParameterSpec };
export { BALANCER_PARAMETERS, WORKER_PARAMETERS };

export type ParameterResult<P> =
  | {
      readonly ok: true;
      /** The key as the table spells it. */
      readonly key: string;
      /** What the parameter sets, by itself. */
      readonly parameters: P;
      /** For `status`: the change of flags, to be applied on those there are. */
      readonly status?: StatusChange;
      /** The parameter is valid and has no effect here; why. */
      readonly ignored?: string;
      readonly warning?: string;
    }
  | { readonly ok: false; readonly error: string; readonly suggestion?: string };

/**
 * Reads one `key=value` of a worker; keys in any letter case.
 *
 * @returns what it sets, or what is wrong, as a whole sentence naming key and value
 * @source mod_proxy.c:set_worker_param, with the units of httpd 2.5 and no text after numbers
 */
export function parseWorkerParameter(key: string, text: string): ParameterResult<WorkerParameters> {
  const name = key.toLowerCase();
  const special = workerSpecialCase(name, text);
  if (special !== undefined) return special;
  const known = WORKER_SPECS.get(name);
  if (known === undefined) return unknownKey(key, 'worker');
  const result = parseWith(known, text);
  const change = name === 'status' && result.ok ? parseStatus(text) : undefined;
  return change === undefined || 'error' in change || !result.ok ? result : { ...result, status: change };
}

/**
 * Reads one `key=value` of a balancer; keys in any letter case.
 *
 * @returns what it sets, or what is wrong, as a whole sentence naming key and value
 * @source mod_proxy.c:set_balancer_param, with the units of httpd 2.5 and no text after numbers
 */
export function parseBalancerParameter(key: string, text: string): ParameterResult<BalancerParameters> {
  const known = BALANCER_SPECS.get(key.toLowerCase());
  if (known === undefined) return unknownKey(key, 'balancer');
  return parseWith(known, text);
}

/** A worker's parameters after one more: flags of `status` add up, everything else replaces. */
export function mergeWorkerParameter(
  current: WorkerParameters,
  added: Extract<ParameterResult<WorkerParameters>, { ok: true }>,
): WorkerParameters {
  const merged = { ...current, ...added.parameters };
  if (added.status === undefined) return merged;
  const before = current.status === undefined ? undefined : parseStatus(current.status);
  const bits = before === undefined || 'error' in before ? 0 : before.set;
  const { status: _, ...others } = merged;
  const letters = statusLetters(applyStatus(bits, added.status));
  return letters === '' ? others : { ...others, status: letters };
}

const WORKER_SPECS: ReadonlyMap<string, ParameterSpec<WorkerParameters>> = new Map(
  [...WORKER_PARAMETERS, ENABLEREUSE].map((known) => [known.key, known]),
);
const BALANCER_SPECS: ReadonlyMap<string, ParameterSpec<BalancerParameters>> = new Map(
  BALANCER_PARAMETERS.map((known) => [known.key, known]),
);

function parseWith<P>(known: ParameterSpec<P>, text: string): ParameterResult<P> {
  const { key } = known;
  const parsed = known.parse(text);
  if (!parsed.ok) return refused(`${key}=${text}: ${key} ${parsed.error}`);
  const result = { ok: true, key, parameters: parsed.value } as const;
  return parsed.warning === undefined ? result : { ...result, warning: `${key} ${parsed.warning}` };
}

/** Keys of httpd that mean nothing here, or that this version can't do. */
function workerSpecialCase(name: string, text: string): ParameterResult<WorkerParameters> | undefined {
  const ignored = (reason: string) => ({ ok: true, key: name, parameters: {}, ignored: reason }) as const;
  switch (name) {
    case 'flushpackets':
      return /^(on|off|auto)$/i.test(text)
        ? ignored('flushpackets concerns AJP; answers are always flushed as they come')
        : refused(`flushpackets=${text}: flushpackets must be on, off or auto`);
    case 'flushwait': {
      const parsed = duration({ unit: 'ms', minMs: 0, maxMs: 1_000 }).parse(text);
      return parsed.ok ? ignored('flushwait concerns AJP') : refused(`flushwait=${text}: flushwait ${parsed.error}`);
    }
    case 'flusher':
      return Buffer.byteLength(text) < 16
        ? ignored('flusher concerns mod_proxy_fdpass')
        : refused(`flusher=${text}: flusher may have 15 bytes`);
    case 'multipathtcp':
      return text.toLowerCase() === 'off'
        ? ignored('multipathtcp is off anyway')
        : refused(`multipathtcp=${text}: Multipath TCP is not supported; leave it out or say Off`);
    case 'hcexpr':
      return refused(
        `hcexpr=${text}: conditions on answers to health checks are not supported by this version; without one, status 200 to 399 passes`,
      );
    case 'hctemplate':
      return refused(
        `hctemplate=${text}: templates of health checks are not supported by this version; give hcmethod and the others here`,
      );
    case 'secret':
      // Only AJP and unknown to workers of HTTP; the value stays out of messages.
      return refused('secret: AJP, which this parameter belongs to, is not supported');
    default:
      return undefined;
  }
}

function unknownKey<P>(key: string, kind: 'worker' | 'balancer'): ParameterResult<P> {
  const [own, others] = kind === 'worker' ? [WORKER_SPECS, BALANCER_SPECS] : [BALANCER_SPECS, WORKER_SPECS];
  const elsewhere =
    kind === 'worker'
      ? 'a parameter of a balancer, not of a worker: give it to ProxySet in the <Proxy balancer://…> section'
      : 'a parameter of a worker, not of a balancer: give it to BalancerMember';
  if (others.has(key.toLowerCase())) return refused(`${key} is ${elsewhere}`);
  const error = `unknown ${kind} parameter "${key}"`;
  const suggestion = nearestName(key, own.keys());
  if (suggestion !== undefined) return { ok: false, error, suggestion };
  const meant = nearestName(key, others.keys());
  return refused(meant === undefined ? error : `${error}; ${meant} is ${elsewhere}`);
}
