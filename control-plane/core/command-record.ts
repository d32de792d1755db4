import type { CommandRecord } from '../ports.ts';

/** Of a command whose commit was lost and put back: commits do not hold it. */
export const UNKNOWN_FINGERPRINT = '';

/** Whether a command id stands for another command already. Where that can't be told, it is taken for the same. */
export function isAnotherCommand({ fingerprint: known }: CommandRecord, fingerprint: string): boolean {
  return known !== fingerprint && known !== UNKNOWN_FINGERPRINT;
}
