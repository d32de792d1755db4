import { type EffectiveSettings, SETTING_DEFAULTS } from '#shared/definition/defaults.ts';
import { HeaderFields } from '../../../data-plane/http1/header-fields.ts';
import type { RequestHead } from '../../../data-plane/http1/request-head.ts';
import type { ResponseHead } from '../../../data-plane/http1/response-head.ts';

type Lines = readonly (readonly [name: string, value: string])[];

export function fieldsOf(lines: Lines): HeaderFields {
  const fields = new HeaderFields();
  for (const [name, value] of lines) fields.add(name, name.toLowerCase(), value);
  return fields;
}

export function requestOf(lines: Lines, versionMinor: 0 | 1 = 1, method = 'GET'): RequestHead {
  return { method, target: '/x', versionMinor, fields: fieldsOf(lines), headBytes: 0 };
}

export function responseOf(status: number, lines: Lines, reason = 'OK'): ResponseHead {
  return { versionMinor: 1, status, reason, fields: fieldsOf(lines), headBytes: 0, statusLineBytes: 0 };
}

export function settingsOf(changes: Partial<EffectiveSettings> = {}): EffectiveSettings {
  return { ...SETTING_DEFAULTS, proxyTimeoutMs: SETTING_DEFAULTS.timeoutMs, ...changes };
}

/** Field lines of a head, without its first line, by `name: value`. */
export function linesOf(head: string): string[] {
  return head.split('\r\n').slice(1, -2);
}
