import type { BalancerParameters, LbMethod, VerdictPolicy } from './balancer.ts';
import { nearestName } from './nearest-name.ts';
import { type ParameterSpec, parameterSpec } from './parameter-spec.ts';
import * as value from './parameter-value.ts';
import { accepted, refused, type ValueType } from './parameter-value.ts';
import { MAX_QUORUM, parseVerdictPolicy, verdictPolicyText } from './verdict-policy.ts';

function balancer<K extends keyof BalancerParameters & string>(
  key: string,
  property: K,
  type: ValueType<NonNullable<BalancerParameters[K]>>,
  defaultText: string,
): ParameterSpec<BalancerParameters> {
  return parameterSpec<BalancerParameters, K>(key, property, type, defaultText);
}

const LB_METHODS: readonly LbMethod[] = ['byrequests', 'bytraffic', 'bybusyness'];

const lbmethod: ValueType<LbMethod> = {
  range: LB_METHODS.join(', '),
  parse: (text) => {
    const method = LB_METHODS.find((known) => known === text);
    if (method !== undefined) return accepted(method);
    if (text === 'heartbeat') return refused('heartbeat is not supported by this version');
    const meant = nearestName(text, LB_METHODS);
    return refused(`must be one of ${LB_METHODS.join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}`);
  },
  print: (method) => method,
};

const stickysession: ValueType<NonNullable<BalancerParameters['stickysession']>> = {
  range: 'name, or cookiename|urlname, up to 63 bytes',
  parse: (text) => {
    const checked = value.text({ maxBytes: 4_096 }).parse(text);
    if (!checked.ok) return checked;
    const cut =
      Buffer.byteLength(text) > 63
        ? Buffer.from(text)
            .subarray(0, 63)
            .toString()
            .replace(/\ufffd$/, '')
        : text;
    const bar = cut.indexOf('|');
    const names = bar < 0 ? { cookie: cut, url: cut } : { cookie: cut.slice(0, bar), url: cut.slice(bar + 1) };
    if (names.cookie === '' || names.url === '') return refused('needs a name: name, or cookiename|urlname');
    return accepted(names, cut === text ? undefined : `is longer than 63 bytes and was cut to "${cut}", as httpd does`);
  },
  print: ({ cookie, url }) => (cookie === url && !cookie.includes('|') ? cookie : `${cookie}|${url}`),
};

const stickysessionsep: ValueType<string> = {
  range: 'one character, or Off',
  parse: (text) => {
    if (text.toLowerCase() === 'off') return accepted('');
    return /^[\u0020-\u007e]$/.test(text) ? accepted(text) : refused('must be one ASCII character, or Off');
  },
  print: (separator) => (separator === '' ? 'Off' : separator),
};

const failonstatus: ValueType<readonly number[]> = {
  range: 'statuses 100..599, separated by commas',
  parse: (text) => {
    const codes = text.split(/[, ]+/).filter((code) => code !== '');
    return codes.length > 0 && codes.every((code) => /^[1-5]\d\d$/.test(code))
      ? accepted([...new Set(codes.map(Number))])
      : refused('must be HTTP statuses, 100..599, separated by commas');
  },
  print: (codes) => codes.join(','),
};

const nonce: ValueType<string> = {
  range: 'up to 36 bytes, or None',
  parse: (text) => (text.toLowerCase() === 'none' ? accepted('') : value.text({ maxBytes: 36 }).parse(text)),
  print: (text) => (text === '' ? 'None' : text),
};

const verdict: ValueType<VerdictPolicy> = {
  range: `any, majority, quorum=K with K 1..${MAX_QUORUM}, or off`,
  parse: (text) => {
    const policy = parseVerdictPolicy(text);
    return policy === undefined
      ? refused(`must be any, majority, quorum=K with K 1..${MAX_QUORUM}, or off`)
      : accepted(policy);
  },
  print: verdictPolicyText,
};

/** In the order they are printed; the last three are ours. @source mod_proxy.c:set_balancer_param */
export const BALANCER_PARAMETERS: readonly ParameterSpec<BalancerParameters>[] = [
  balancer('lbmethod', 'lbmethod', lbmethod, 'byrequests'),
  balancer('maxattempts', 'maxattempts', value.integer({ min: 0 }), 'one less than there are members'),
  balancer('timeout', 'timeoutMs', value.duration({ unit: 's', minMs: 10 }), '0, no wait'),
  balancer('stickysession', 'stickysession', stickysession, 'none'),
  balancer('stickysessionsep', 'stickysessionsep', stickysessionsep, '.'),
  balancer('scolonpathdelim', 'scolonpathdelim', value.flag, 'Off'),
  balancer('nofailover', 'nofailover', value.flag, 'Off'),
  balancer('failonstatus', 'failonstatus', failonstatus, 'none'),
  balancer('failontimeout', 'failontimeout', value.flag, 'Off'),
  balancer('forcerecovery', 'forcerecovery', value.flag, 'On'),
  balancer('growth', 'growth', value.integer({ min: 1, max: 100 }), '0'),
  balancer('nonce', 'nonce', nonce, 'random'),
  balancer('verdict', 'verdict', verdict, 'majority'),
  balancer('panic', 'panic', value.integer({ min: 0, max: 100 }), '50'),
  balancer('fleetbalance', 'fleetbalance', value.flag, 'Off'),
];
