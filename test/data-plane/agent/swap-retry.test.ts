import { describe, expect, it } from 'vitest';
import { swapRetry } from '../../../data-plane/agent/swap-retry.ts';

const listen = { object: 'listener *:80', code: 'listen', text: 'another process listens there' } as const;
const room =
  '2 workers are configured and 1 removed ones still finish their exchanges, but the scoreboard has room for 2';
const capacity = { object: 'workers', code: 'capacity', text: room } as const;
const never = { ...capacity, text: '3 workers are configured, but the scoreboard has room for 2' };
const compile = (text: string) => ({ object: 'snapshot 1', code: 'compile', text }) as const;

describe('whether a swap is tried again', () => {
  it.each([
    { errors: [listen, capacity], retry: 'soon' },
    { errors: [compile('proxy thread 3 stopped: out of memory')], retry: 'late' },
    { errors: [compile('proxy thread 0 did not answer within 10000 ms'), listen], retry: 'late' },
    { errors: [compile('every proxy thread died when it swapped to it')], retry: 'late' },
    { errors: [never], retry: undefined },
    { errors: [compile('pattern ( does not compile')], retry: undefined },
    { errors: [listen, compile('pattern ( does not compile')], retry: undefined },
  ])('$retry after $errors.0.text', ({ errors, retry }) => {
    expect(swapRetry(errors)).toBe(retry);
  });
});
