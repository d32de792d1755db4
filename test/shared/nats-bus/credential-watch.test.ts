import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import {
  type CredentialWatch,
  expiringFiles,
  expiryText,
  watchCredentials,
} from '#shared/nats-bus/credential-watch.ts';
import { createJwtOperator } from '#test/support/nats-jwt.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

describe('a watch over credentials', () => {
  const operator = createJwtOperator();
  let dir: string;
  let file: string;
  let watch: CredentialWatch | undefined;
  let told: string[];

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    vi.setSystemTime(Math.floor(Date.now() / 1_000) * 1_000);
    dir = mkdtempSync(join(tmpdir(), 'penstock-watch-'));
    file = join(dir, 'creds');
    told = [];
  });

  afterEach(() => {
    watch?.stop();
    vi.useRealTimers();
    rmSync(dir, { recursive: true, force: true });
  });

  const put = (leftMs?: number) => writeFileSync(file, operator.creds(leftMs && Date.now() + leftMs));
  const start = async () => {
    watch = await watchCredentials(expiringFiles({ credentials: { credsFile: file } }), (expiry, leftMs) =>
      told.push(expiryText(expiry, leftMs)),
    );
  };
  /** Lets a look come to its end. */
  const after = async (ms: number) => {
    vi.advanceTimersByTime(ms);
    const before = watch?.expiries();
    await vi.waitFor(() => expect(watch?.expiries()).not.toBe(before));
  };

  test('says nothing of what lasts', async () => {
    put(20 * DAY_MS);
    await start();
    expect(watch?.expiries()).toEqual([{ credential: 'nats-creds', file, expiresMs: Date.now() + 20 * DAY_MS }]);
    put();
    await after(MINUTE_MS);
    expect(watch?.expiries()).toEqual([]);
    expect(told).toEqual([]);
  });

  test('warns at the start and daily from 14 days before the end, and says when it has come', async () => {
    put(3 * DAY_MS);
    await start();
    expect(told).toEqual([expect.stringMatching(/^nats-creds expires in [23] days$/)]);
    await after(DAY_MS - MINUTE_MS);
    expect(told).toHaveLength(1);
    await after(MINUTE_MS);
    expect(told[1]).toMatch(/^nats-creds expires in (47 hours|2 days)$/);
    await after(2 * DAY_MS - MINUTE_MS);
    await after(MINUTE_MS);
    expect(told.at(-1)).toBe('nats-creds has expired');
    expect(told).toHaveLength(4);
  });

  test('sees that a file was replaced, or is gone', async () => {
    put(DAY_MS);
    await start();
    put(30 * DAY_MS);
    await after(MINUTE_MS);
    expect(watch?.expiries().at(0)?.expiresMs).toBeGreaterThan(Date.now() + 29 * DAY_MS);
    rmSync(file);
    await after(MINUTE_MS);
    expect(watch?.expiries()).toEqual([]);
    put(DAY_MS);
    await after(MINUTE_MS);
    const aDay = expect.stringMatching(/^nats-creds expires in 2[34] hours$/);
    expect(told).toEqual([aDay, aDay]);
  });
});

test.each([
  [-1, 'has expired'],
  [1, 'expires within the hour'],
  [2 * 3_600_000 - 1, 'expires in 1 hour'],
  [DAY_MS + 999, 'expires in 24 hours'],
  [2 * DAY_MS - 1, 'expires in 47 hours'],
  [3 * DAY_MS - 1, 'expires in 2 days'],
])('with %i ms left it %s', (leftMs, text) => {
  const expiry = { credential: 'nats-creds', file: 'f', expiresMs: 0 } as const;
  expect(expiryText(expiry, leftMs)).toBe(`nats-creds ${text}`);
});

test('files that end are a client certificate and a credentials file; keys, passwords and tokens do not', () => {
  const tls = { caFile: 'ca', certFile: 'cert', keyFile: 'key' };
  const names = (credentials: Parameters<typeof expiringFiles>[0]) =>
    expiringFiles(credentials).map(({ credential }) => credential);
  expect(names({ tls, credentials: { credsFile: 'creds' } })).toEqual(['nats-cert', 'nats-creds']);
  expect(names({ tls: { caFile: 'ca' }, credentials: { nkeySeedFile: 'seed' } })).toEqual([]);
  expect(names({})).toEqual([]);
});
