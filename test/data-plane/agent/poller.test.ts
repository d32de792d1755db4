import { afterEach, describe, expect, it, vi } from 'vitest';
import { createPoller, type HttpGet, type PollerOptions } from '../../../data-plane/agent/poller.ts';
import { eventually } from '../../support/wait.ts';

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };

describe('poller', () => {
  const pollers: { stop(): void }[] = [];
  afterEach(() => {
    for (const poller of pollers.splice(0)) poller.stop();
    vi.clearAllMocks();
  });

  function poll(get: HttpGet, options: Partial<PollerOptions> = {}) {
    const taken: Uint8Array[] = [];
    const poller = createPoller({
      urls: ['http://a', 'http://b/'],
      afterMs: 5,
      everyMs: 1,
      uselessSinceMs: () => 0,
      nowMs: () => 10,
      servesNothing: () => false,
      take: (encoded) => void taken.push(encoded),
      random: () => 0,
      log,
      get,
      ...options,
    });
    pollers.push(poller);
    poller.start();
    return { poller, taken };
  }

  const answer = (status: number, etag?: string, body = new Uint8Array([7])) => ({ status, etag, body });

  it('asks while the bus is of no use, one control plane after the other, with what it has already', async () => {
    const asked: string[] = [];
    const { taken } = poll(async (url, { 'if-none-match': etag = 'none' }) => {
      asked.push(`${url} ${etag}`);
      return etag === 'none' ? answer(200, '"1"') : answer(304);
    });
    await eventually('four polls', () => asked.length >= 4);
    expect(asked.slice(0, 4)).toEqual([
      'http://a/v1/configuration none',
      'http://b/v1/configuration none',
      'http://a/v1/configuration "1"',
      'http://b/v1/configuration "1"',
    ]);
    expect(taken).toHaveLength(2);
  });

  it('asks nobody while the bus is of use, or has not been of none for long', async () => {
    const get = vi.fn(async () => answer(304));
    let looks = 0;
    poll(get, { uselessSinceMs: () => (looks++ % 2 === 0 ? undefined : 9) });
    await eventually('some looks', () => looks > 10);
    expect(get).not.toHaveBeenCalled();
  });

  it('waits less when it serves nothing', async () => {
    const get = vi.fn(async () => answer(304));
    poll(get, { afterMs: 600_000, nowMs: () => 2_500, servesNothing: () => true });
    await eventually('a poll', () => get.mock.calls.length > 0);
  });

  it('does not go on waiting less when it served nothing at its start', async () => {
    const get = vi.fn(async () => answer(304));
    let looks = 0;
    poll(get, {
      afterMs: 600_000,
      nowMs: () => 2_500,
      servesNothing: () => looks === 0,
      uselessSinceMs: () => (looks++ === 0 ? undefined : 0),
    });
    await eventually('another look', () => looks > 2);
    expect(get).not.toHaveBeenCalled();
  });

  it('goes on to the next when one does not answer or gives what cannot be used, and asks for that again whole', async () => {
    const asked: string[] = [];
    poll(
      async (url, { 'if-none-match': etag = 'none', authorization = '' }) => {
        asked.push(`${url} ${etag} ${authorization}`);
        if (url.startsWith('http://a')) throw new Error('refused');
        return answer(200, '"1"');
      },
      { token: 't', take: () => 'not signed' },
    );
    await eventually('polls', () => asked.length >= 4);
    expect(new Set(asked)).toEqual(
      new Set(['http://a/v1/configuration none Bearer t', 'http://b/v1/configuration none Bearer t']),
    );
    expect(log.warn.mock.calls.filter(([fields]) => fields.code === 'DP1114').map(([fields]) => fields.reason)).toEqual(
      ['refused', 'not signed'],
    );
  });
});
