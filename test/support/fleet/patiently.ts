import { eventually } from '../wait.ts';

/** As `eventually`, for a whole fleet on a machine that may have much else to do: a minute. */
export function patiently<T>(what: string, condition: () => T | Promise<T>): Promise<Exclude<T, false | undefined>> {
  return eventually(what, condition, 60_000);
}
