import { expect, test } from 'vitest';
import { NO_VERDICTS } from '../../../../control-plane/core/health/health-state.ts';
import { bed, speakerOf, url } from './given.ts';

test('nothing is recorded, and nothing more folded, between a log that has gone back and its reading anew', () => {
  const one = bed();
  const [n1, n2] = [speakerOf('n1'), speakerOf('n2')];
  one.step(n1.reports());
  one.step(n2.reports());
  one.step(n1.says('failed'));
  expect(one.verdicts()).toEqual([url(1)]);
  const reloads = () => one.effects.filter(({ kind }) => kind === 'reload').length;

  one.step({ kind: 'log-gone-back' });
  expect(reloads()).toBe(1);
  one.step(n1.says('failed', url(2)));
  const foreign = { version: 2, timeMs: 0, events: [{ type: 'verdicts-frozen', reason: 'elsewhere' }] } as const;
  one.step({ kind: 'entries', entries: [foreign] });
  expect(one.entries).toHaveLength(1);
  expect(one.core.log.version).toBe(1);

  one.step({ kind: 'append-failed', reason: 'store is down' });
  // Of the log as it was before: that it answers does not make it read.
  one.step({ kind: 'entries', entries: [foreign] });
  one.step({ kind: 'append-conflict', version: 9 });
  one.wait(1_500);
  expect(reloads()).toBe(2);
  one.step({ kind: 'reloaded', state: NO_VERDICTS });
  expect(one.verdicts()).toEqual([url(1), url(2)]);
});
