import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyStatus,
  isUsable,
  parseStatus,
  statusLetters,
  statusWords,
  WorkerStatus,
} from '#shared/definition/worker-status.ts';

const { INITIALIZED, DISABLED, STOPPED, IN_ERROR, HOT_STANDBY, HC_FAIL, HOT_SPARE, DRAIN, IGNORE_ERRORS } =
  WorkerStatus;

describe('isUsable', () => {
  it('asks for an initialised worker that is not disabled, stopped, in error or failed by checks', () => {
    expect(isUsable(INITIALIZED)).toBe(true);
    expect(isUsable(0)).toBe(false);
    for (const bit of [DISABLED, STOPPED, IN_ERROR, HC_FAIL]) expect(isUsable(INITIALIZED | bit)).toBe(false);
    for (const bit of [DRAIN, HOT_STANDBY, HOT_SPARE, IGNORE_ERRORS]) expect(isUsable(INITIALIZED | bit)).toBe(true);
  });
});

describe('parseStatus', () => {
  it.each([
    ['D', DISABLED, 0],
    ['+H', HOT_STANDBY, 0],
    ['hr', HOT_STANDBY | HOT_SPARE, 0],
    ['-E', 0, IN_ERROR],
    ['S-E', STOPPED, IN_ERROR],
    ['D-HE', DISABLED, HOT_STANDBY | IN_ERROR],
    ['d-D', 0, DISABLED],
    ['-D+D', DISABLED, 0],
    ['+S+E', STOPPED | IN_ERROR, 0],
  ])('reads %s', (text, set, clear) => {
    expect(parseStatus(text)).toEqual({ set, clear });
  });

  it.each(['', '+', '-', 'X', 'D H'])('refuses "%s" and names the flags there are', (text) => {
    expect(parseStatus(text)).toEqual({ error: expect.stringContaining('D S I R H E N C') });
  });

  it('reads back the letters of any status', () => {
    fc.assert(
      fc.property(fc.subarray(['I', 'N', 'D', 'S', 'E', 'H', 'R', 'C'], { minLength: 1 }), (flags) => {
        const change = parseStatus(flags.join(''));
        if ('error' in change) throw new Error(change.error);
        expect(statusLetters(applyStatus(0, change))).toBe(flags.join(''));
      }),
    );
  });
});

describe('statusWords', () => {
  it.each([
    [INITIALIZED, 'Init Ok'],
    [INITIALIZED | HOT_STANDBY | IN_ERROR, 'Init Err Stby'],
    [INITIALIZED | DRAIN | IGNORE_ERRORS, 'Init Ign Drn Ok'],
    [INITIALIZED | DISABLED | STOPPED | HOT_SPARE | HC_FAIL, 'Init Dis Stop Spar HcFl'],
    [0, ''],
  ])('shows %i as "%s"', (status, words) => {
    expect(statusWords(status)).toBe(words);
  });
});

describe('applyStatus', () => {
  it('clears and sets only the bits of the change', () => {
    const status = INITIALIZED | DISABLED | HOT_STANDBY;
    expect(applyStatus(status, { set: DRAIN, clear: DISABLED })).toBe(INITIALIZED | HOT_STANDBY | DRAIN);
  });
});
