import { type ParameterSpec, parameterSpec } from './parameter-spec.ts';
import * as value from './parameter-value.ts';
import { accepted, refused, type ValueType } from './parameter-value.ts';
import { HEALTH_CHECK_METHODS, type HealthCheckMethod, type WorkerParameters } from './worker.ts';
import { applyStatus, parseStatus, statusLetters } from './worker-status.ts';

function worker<K extends keyof WorkerParameters & string>(
  key: string,
  property: K,
  type: ValueType<NonNullable<WorkerParameters[K]>>,
  defaultText: string,
): ParameterSpec<WorkerParameters> {
  return parameterSpec<WorkerParameters, K>(key, property, type, defaultText);
}

/** httpd stores the weight × 100 and cuts the rest, so a third decimal says nothing. */
const loadfactor: ValueType<number> = {
  range: '1..100',
  parse: (text) => {
    const [, digits] = /^(\d+(?:\.\d{1,2})?)\d*\.?$/.exec(text) ?? [];
    const factor = Number(digits);
    return factor >= 1 && factor <= 100 && Number(text) <= 100 ? accepted(factor) : refused('must be a number, 1..100');
  },
  print: String,
};

const status: ValueType<string> = {
  range: 'letters of D S I R H E N C, after + to set or - to clear',
  parse: (text) => {
    const change = parseStatus(text);
    return 'error' in change ? refused(`is wrong: ${change.error}`) : accepted(statusLetters(applyStatus(0, change)));
  },
  print: (letters) => `+${letters}`,
};

const addressttl: ValueType<number> = {
  range: '-1, or a time in whole seconds',
  unit: 's',
  parse: (text) => {
    if (text === '-1') return accepted(-1);
    const parsed = value.duration({ unit: 's', minMs: 0 }).parse(text);
    return parsed.ok && parsed.value % 1_000 === 0 ? parsed : refused('must be -1, or a time in whole seconds');
  },
  print: (ms) => (ms === -1 ? '-1' : String(Math.ceil(ms / 1_000))),
};

const upgrade: ValueType<string> = {
  range: 'ANY, or protocol names, up to 15 bytes',
  parse: (text) => (text.toLowerCase() === 'any' ? accepted('ANY') : value.text({ maxBytes: 15 }).parse(text)),
  print: (protocols) => protocols,
};

/** @source mod_proxy_hcheck */
const hcmethod: ValueType<HealthCheckMethod> = {
  range: HEALTH_CHECK_METHODS.join(', '),
  parse: (text) => {
    const name = text.toUpperCase();
    const method = HEALTH_CHECK_METHODS.find((known) => known === name);
    if (method !== undefined) return accepted(method);
    return refused(
      name === 'CPING'
        ? 'must speak HTTP or TCP: CPING belongs to AJP, which is not supported'
        : `must be one of ${HEALTH_CHECK_METHODS.join(', ')}`,
    );
  },
  print: (method) => method,
};

/** It goes into a request line as it stands. */
const hcuri: ValueType<string> = {
  range: 'up to 63 visible ASCII characters',
  parse: (text) => {
    const problem = hcuriProblem(text);
    return problem === undefined ? accepted(text) : refused(problem);
  },
  print: (uri) => uri,
};

/** Why a text can't be `hcuri`, as the end of a sentence. */
export function hcuriProblem(text: string): string | undefined {
  return /^[\x21-\x7e]{0,63}$/.test(text) ? undefined : 'must be up to 63 visible ASCII characters, without blanks';
}

/** enablereuse is the same switch the other way round; both set `disablereuse` and the last one wins. */
const enablereuse: ValueType<boolean> = {
  ...value.flag,
  parse: (text) => {
    const parsed = value.flag.parse(text);
    return parsed.ok ? accepted(!parsed.value) : parsed;
  },
};

const time = value.duration({ unit: 's', minMs: 1 });
const route = value.text({ maxBytes: 63 });

/** In the order they are printed. @source mod_proxy.c:set_worker_param */
export const WORKER_PARAMETERS: readonly ParameterSpec<WorkerParameters>[] = [
  worker('loadfactor', 'loadfactor', loadfactor, '1'),
  worker('lbset', 'lbset', value.integer({ min: 0, max: 99 }), '0'),
  worker('status', 'status', status, 'none'),
  worker('route', 'route', route, 'none'),
  worker('redirect', 'redirect', route, 'none'),
  // httpd 2.5 refuses 0; configurations written for 2.4 use it to retry at once, and it is exact here.
  worker('retry', 'retryMs', value.duration({ unit: 's', minMs: 0 }), '60'),
  worker('timeout', 'timeoutMs', time, 'ProxyTimeout, else Timeout'),
  worker('connectiontimeout', 'connectiontimeoutMs', time, 'the value of timeout'),
  worker('acquire', 'acquireMs', value.duration({ unit: 'ms', minMs: 1 }), 'no limit'),
  worker('max', 'max', value.integer({ min: 0 }), '0, no limit'),
  worker('smax', 'smax', value.integer({ min: 0 }), 'the value of max'),
  worker('min', 'min', value.integer({ min: 0 }), '0'),
  worker('ttl', 'ttlMs', value.seconds({ min: 1 }), 'no limit'),
  worker('keepalive', 'keepalive', value.flag, 'Off'),
  worker('disablereuse', 'disablereuse', value.flag, 'Off'),
  worker('addressttl', 'addressttlMs', addressttl, '-1, for ever'),
  worker('ping', 'pingMs', time, 'no test'),
  worker('iobuffersize', 'iobuffersize', value.bufferBytes, '8192'),
  worker('receivebuffersize', 'receivebuffersize', value.bufferBytes, "the system's"),
  worker('responsefieldsize', 'responsefieldsize', value.integer({ min: 0, unit: 'bytes' }), '8192'),
  worker('upgrade', 'upgrade', upgrade, 'none; WebSocket for ws and wss'),
  worker('hcmethod', 'hcmethod', hcmethod, 'NONE, no checks'),
  worker('hcinterval', 'hcintervalMs', value.duration({ unit: 's', minMs: 100 }), '30'),
  // 0 acts as 1.
  worker('hcpasses', 'hcpasses', value.integer({ min: 0 }), '1'),
  worker('hcfails', 'hcfails', value.integer({ min: 0 }), '1'),
  worker('hcuri', 'hcuri', hcuri, 'none'),
];

/** A second spelling, read but never printed. */
export const ENABLEREUSE = worker('enablereuse', 'disablereuse', enablereuse, 'On');
