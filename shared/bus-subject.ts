import { BusError } from './bus.ts';

/** What a message of one bus may hold: 1 MiB, NATS's own default, less room for the headers a put needs. */
export const DEFAULT_MAX_PAYLOAD_BYTES = 1_048_576 - 1024;

/**
 * NATS's rules, on every bus, so that a name that works here works there.
 *
 * @param wildcards whether `*` and a final `>` may stand for tokens
 * @throws Error naming the subject
 */
export function refuseBadSubject(subject: string, wildcards: boolean): void {
  const tokens = subject.split('.');
  const good = tokens.every((token, i) => {
    if (token === '*') return wildcards;
    if (token === '>') return wildcards && i === tokens.length - 1;
    return /^[^\s.*>]+$/.test(token);
  });
  if (!good) {
    const rule = wildcards ? '; * and a final > may stand for tokens' : ', without wildcards';
    throw new Error(`bad subject "${subject}": want tokens without blanks, joined by dots${rule}`);
  }
}

/** Whether a subject, or all that a pattern matches, lies under `subjects(fleet).kept`. */
export function isKept(subject: string): boolean {
  return /^penstock\.v1\.[^.*>]+\.keep\.[^.]/.test(subject);
}

/** @throws Error when nothing could be kept under this key, or pattern of keys */
export function refuseBadKey(key: string, wildcards: boolean): void {
  refuseBadSubject(key, wildcards);
  if (!isKept(key)) throw new Error(`bad key "${key}": want penstock.v1.<fleet>.keep.<name>`);
}

/** @throws Error when what is only sent would be kept: NATS could not tell such a message from a put */
export function refuseToPublish(subject: string): void {
  refuseBadSubject(subject, false);
  if (isKept(subject)) throw new Error(`"${subject}" is a kept key: use putLatest`);
}

/** @throws BusError `too-large` */
export function refuseTooLarge(subject: string, payload: Uint8Array, maxPayloadBytes: number): void {
  if (payload.length <= maxPayloadBytes) return;
  throw new BusError(
    'too-large',
    `${payload.length} bytes for "${subject}": a message holds at most ${maxPayloadBytes} bytes here`,
  );
}

/** `*` stands for one token, a final `>` for one or more. */
export function subjectMatcher(pattern: string): (subject: string) => boolean {
  const wanted = pattern.split('.');
  const open = wanted.at(-1) === '>';
  const fixed = open ? wanted.slice(0, -1) : wanted;
  return (subject) => {
    const tokens = subject.split('.');
    if (open ? tokens.length <= fixed.length : tokens.length !== fixed.length) return false;
    return fixed.every((token, i) => token === '*' || token === tokens[i]);
  };
}
