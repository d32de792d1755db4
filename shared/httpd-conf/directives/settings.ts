import {
  duration,
  flag,
  integer,
  type ParsedValue,
  seconds,
  type ValueType,
} from '../../definition/parameter-value.ts';
import type { DirectorySettings, ProxyVia, ServerSettings } from '../../definition/virtual-host.ts';
import {
  type Call,
  type Context,
  DIRECTORY_CONTEXTS,
  type DirectiveSpec,
  type Problem,
  problem,
  SERVER_CONTEXTS,
} from './directive.ts';
import { parseReadTimeout, printReadTimeout } from './read-timeout.ts';

/** A directive that sets one setting to one value. */
export type SettingSpec = {
  readonly name: string;
  readonly contexts: readonly Context[];
  readonly range: string;
  /** The setting that a text means, alone. */
  readonly parse: (text: string) => ParsedValue<ServerSettings>;
  /** The directive's words; undefined when the setting isn't there. */
  readonly print: (settings: ServerSettings) => string | undefined;
};

function setting<K extends keyof ServerSettings & string>(
  name: string,
  property: K,
  type: ValueType<NonNullable<ServerSettings[K]>>,
  contexts = SERVER_CONTEXTS,
): SettingSpec {
  return {
    name,
    contexts,
    range: type.range,
    parse: (text) => {
      const parsed = type.parse(text);
      return parsed.ok ? { ok: true, value: { [property]: parsed.value } } : parsed;
    },
    print: (settings) => {
      const value = settings[property];
      return value === undefined ? undefined : type.print(value);
    },
  };
}

const VIAS: readonly ProxyVia[] = ['off', 'on', 'full', 'block'];

const via: ValueType<ProxyVia> = {
  range: 'Off, On, Full or Block',
  parse: (text) => {
    const value = VIAS.find((known) => known === text.toLowerCase());
    return value === undefined ? { ok: false, error: 'must be Off, On, Full or Block' } : { ok: true, value };
  },
  print: (value) => value.charAt(0).toUpperCase() + value.slice(1),
};

const bytes = integer({ min: 0, unit: 'bytes' });

/** In the order they are printed. Whoever adds a setting adds its line here. @source core, mod_proxy */
export const SETTINGS: readonly SettingSpec[] = [
  setting('Timeout', 'timeoutMs', seconds({ min: 1 })),
  setting('ProxyTimeout', 'proxyTimeoutMs', seconds({ min: 1 })),
  setting('KeepAlive', 'keepAlive', flag),
  setting('KeepAliveTimeout', 'keepAliveTimeoutMs', duration({ unit: 's', minMs: 0 })),
  setting('MaxKeepAliveRequests', 'maxKeepAliveRequests', integer({ min: 0 })),
  setting('LimitRequestLine', 'limitRequestLine', bytes),
  setting('LimitRequestFieldSize', 'limitRequestFieldSize', bytes),
  setting('LimitRequestFields', 'limitRequestFields', integer({ min: 0 })),
  setting(
    'LimitRequestBody',
    'limitRequestBody',
    integer({ min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'bytes' }),
    DIRECTORY_CONTEXTS,
  ),
  setting('ProxyVia', 'proxyVia', via),
  setting('ProxyPreserveHost', 'proxyPreserveHost', flag, DIRECTORY_CONTEXTS),
  setting('ProxyAddHeaders', 'proxyAddHeaders', flag, DIRECTORY_CONTEXTS),
];

export const SETTING_DIRECTIVES: readonly DirectiveSpec[] = [
  ...SETTINGS.map(
    (spec): DirectiveSpec => ({
      name: spec.name,
      contexts: spec.contexts,
      words: [1, 1],
      usage: spec.range,
      apply: (call) => set(call, spec),
    }),
  ),
  {
    name: 'RequestReadTimeout',
    contexts: SERVER_CONTEXTS,
    words: [1, Number.POSITIVE_INFINITY],
    usage: 'header=20-40,MinRate=500 body=20,MinRate=500',
    apply: requestReadTimeout,
  },
];

function set(call: Call, spec: SettingSpec): Problem | undefined {
  const word = call.word(0);
  const parsed = spec.parse(word.value);
  if (!parsed.ok) return problem(word, `"${word.value}": ${parsed.error}`);
  // The contexts of the table see to it that only a directory's settings get into a Location.
  const { location, server } = call.scope;
  Object.assign(location === undefined ? server.settings : location.settings, parsed.value);
  return undefined;
}

/** Stages given here replace those given before; the others stay. */
function requestReadTimeout(call: Call): Problem | undefined {
  const { settings } = call.scope.server;
  for (const word of call.words) {
    const parsed = parseReadTimeout(word.value);
    if ('error' in parsed) call.error(problem(word, parsed.error));
    else if (parsed.stage === 'handshake') call.ignore(word, 'there is no TLS handshake to limit');
    else settings.requestReadTimeout = { ...settings.requestReadTimeout, [parsed.stage]: parsed.value };
  }
  return undefined;
}

/** Settings as directives, in the table's order. */
export function printSettings(settings: ServerSettings | DirectorySettings): readonly string[] {
  const lines = SETTINGS.flatMap((spec) => {
    const value = spec.print(settings);
    return value === undefined ? [] : [`${spec.name} ${value}`];
  });
  const { header, body } = ('requestReadTimeout' in settings ? settings.requestReadTimeout : undefined) ?? {};
  const stages = [
    ...(header === undefined ? [] : [printReadTimeout('header', header)]),
    ...(body === undefined ? [] : [printReadTimeout('body', body)]),
  ];
  return stages.length === 0 ? lines : [...lines, `RequestReadTimeout ${stages.join(' ')}`];
}
