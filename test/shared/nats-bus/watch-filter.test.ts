import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWatchFilter } from '#shared/nats-bus/watch-filter.ts';

describe('the filter of a watch', () => {
  it('gives what is newer at once, before it is known what is kept', () => {
    const filter = createWatchFilter<string>();
    filter.begin();
    expect(filter.live('k', 7, 'seven')).toEqual(['seven']);
    expect(filter.kept('k', 6, 'six')).toEqual([]);
    expect(filter.live('k', 8, 'eight')).toEqual(['eight']);
  });

  it('gives what is kept again on a new connection, once', () => {
    const filter = createWatchFilter<string>();
    filter.begin();
    expect(filter.kept('k', 7, 'seven')).toEqual(['seven']);
    filter.begin();
    expect(filter.kept('k', 7, 'seven')).toEqual(['seven']);
    expect(filter.live('k', 7, 'seven')).toEqual([]);
  });

  it('keeps quiet of an older kept version that a lagging server gives', () => {
    const filter = createWatchFilter<string>();
    filter.begin();
    filter.live('k', 7, 'seven');
    filter.begin();
    expect(filter.kept('k', 6, 'six')).toEqual([]);
  });

  it('leaves out a late message of an earlier connection', () => {
    const filter = createWatchFilter<string>();
    filter.begin();
    filter.live('k', 7, 'seven');
    filter.begin();
    expect(filter.live('k', 6, 'six')).toEqual([]);
    expect(filter.kept('k', 7, 'seven')).toEqual(['seven']);
  });

  it('follows a server that lost its newest messages and counts from an older one', () => {
    const filter = createWatchFilter<string>();
    filter.begin();
    filter.live('k', 500, 'lost');
    filter.begin();
    expect(filter.kept('k', 495, 'old')).toEqual([]);
    expect(filter.live('k', 496, 'newest')).toEqual(['newest']);
    filter.begin();
    expect(filter.live('k', 497, 'newer')).toEqual(['newer']);
  });

  it('gives what it held back when that turns out to be newer than what is kept', () => {
    const filter = createWatchFilter<string>();
    filter.begin();
    filter.live('k', 500, 'lost');
    filter.begin();
    expect(filter.live('k', 3, 'three')).toEqual([]);
    expect(filter.live('k', 4, 'four')).toEqual([]);
    expect(filter.kept('k', 0)).toEqual(['four']);
  });

  it('takes keys apart, and those not named for empty', () => {
    const filter = createWatchFilter<string>();
    filter.begin();
    filter.live('a', 9, 'a9');
    filter.live('b', 10, 'b10');
    filter.begin();
    expect(filter.live('b', 3, 'b3')).toEqual([]);
    expect(filter.kept('a', 9, 'a9')).toEqual(['a9']);
    expect(filter.allKept()).toEqual(['b3']);
    expect(filter.live('c', 1, 'c1')).toEqual(['c1']);
  });

  it('never gives an older version after a newer one, however messages are lost, repeated and reordered', () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ do: fc.constant('live' as const), version: fc.integer({ min: 1, max: 30 }) }),
      },
      fc.record({ do: fc.constant('kept' as const), version: fc.integer({ min: 0, max: 30 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const filter = createWatchFilter<number>();
        filter.begin();
        const given = steps.flatMap(({ do: what, version }) =>
          what === 'live'
            ? filter.live('k', version, version)
            : filter.kept('k', version, version === 0 ? undefined : version),
        );
        expect(given).toEqual([...new Set(given)].toSorted((a, b) => a - b));
        // And the newest of all is the last given.
        const newest = Math.max(0, ...steps.map(({ version }) => version));
        expect(given.at(-1) ?? 0).toBe(newest);
      }),
    );
  });

  it('ends with the newest over connections, each of which is told what is kept when it begins', () => {
    const connection = fc.record({
      puts: fc.integer({ min: 0, max: 5 }),
      // Which of the messages since the last connection are heard late on this one, before the answer comes.
      late: fc.array(fc.integer({ min: 1, max: 10 }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(connection, { minLength: 1, maxLength: 8 }), (connections) => {
        const filter = createWatchFilter<number>();
        const given: number[] = [];
        let version = 0;
        for (const { puts, late } of connections) {
          const kept = version;
          filter.begin();
          for (const back of late) if (kept - back > 0) given.push(...filter.live('k', kept - back, kept - back));
          given.push(...filter.kept('k', kept, kept === 0 ? undefined : kept));
          for (let i = 0; i < puts; i++) given.push(...filter.live('k', ++version, version));
          expect(given.at(-1) ?? 0).toBe(version);
        }
        expect(given).toEqual(given.toSorted((a, b) => a - b));
      }),
    );
  });

  it('remembers a bounded number of keys', () => {
    const filter = createWatchFilter<number>();
    filter.begin();
    for (let i = 0; i < 20_000; i++) expect(filter.live(`k${i}`, i + 1, i)).toEqual([i]);
    expect(filter.live('k19999', 19_999, 0)).toEqual([]);
    expect(filter.stale()).toBe(1);
  });
});
