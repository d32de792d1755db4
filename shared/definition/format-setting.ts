import type { VerdictPolicy } from './balancer.ts';
import { verdictPolicyText } from './verdict-policy.ts';
import { statusLetters } from './worker-status.ts';

/** A setting as an operator reads it: the directive's spelling of the name, the value with its unit. */
export type FormattedSetting = { readonly name: string; readonly value: string };

/** @returns undefined for a setting left to its default */
export function formatSetting(key: string, value: unknown): FormattedSetting | undefined {
  if (value === undefined) return undefined;
  if (key === 'verdict') return { name: key, value: verdictPolicyText(value as VerdictPolicy) };
  if (typeof value === 'number' && key.endsWith('Ms')) return { name: key.slice(0, -2), value: formatDuration(value) };
  return { name: key, value: formatValue(value) };
}

/** All settings of an object: `loadfactor=3 timeout=1s`; empty when there are none. */
export function formatSettings(settings: object): string {
  return Object.entries(settings)
    .map(([key, value]) => formatSetting(key, value))
    .filter((setting) => setting !== undefined)
    .map(({ name, value }) => `${name}=${value}`)
    .join(' ');
}

/** Milliseconds as the largest unit that needs no fraction: `500ms`, `90s`, `2m`, `1h`; -1 stays -1. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  for (const [unit, size] of [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const) {
    if (ms % size === 0) return `${ms / size}${unit}`;
  }
  return ms < 0 ? String(ms) : `${ms}ms`;
}

function formatValue(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'On' : 'Off';
  if (typeof value === 'string') return value === '' ? '""' : value;
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map(formatValue).join(',');
  if (isStatusChange(value)) return formatStatusChange(value);
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, inner]) => formatSetting(key, inner))
      .filter((setting) => setting !== undefined)
      .map((setting) => `${setting.name}:${setting.value}`)
      .join('/');
  }
  return String(value);
}

/** A status change as `status=` text: `+D-H`. */
export function formatStatusChange({ set, clear }: { readonly set: number; readonly clear: number }): string {
  const on = statusLetters(set);
  const off = statusLetters(clear);
  return `${on === '' ? '' : `+${on}`}${off === '' ? '' : `-${off}`}`;
}

function isStatusChange(value: unknown): value is { readonly set: number; readonly clear: number } {
  return typeof value === 'object' && value !== null && 'set' in value && 'clear' in value;
}
