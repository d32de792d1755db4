import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatHostPort, isLoopback, parseHostPort } from '../../control-plane/address.ts';
import { type ConfigInput, controlPlaneConfig } from '../../control-plane/config.ts';
import { parseDuration } from '../../control-plane/core/duration.ts';

const config = (input: Partial<ConfigInput>) => controlPlaneConfig({ env: {}, ...input });

describe('the settings of a control plane', () => {
  test('have defaults that need nothing and reach nobody else', () => {
    expect(config({})).toMatchObject({ fleet: 'default', admin: { host: '127.0.0.1', port: 7400 }, allowedHosts: [] });
    expect(config({}).token).toBeUndefined();
  });

  test('refuse an address that others can reach unless there is a token', () => {
    expect(() => config({ admin: '0.0.0.0:7400' })).toThrow(/can be reached from other machines: set PENSTOCK_TOKEN/);
    const token = 'correct-horse-battery';
    expect(config({ admin: '0.0.0.0:7400', env: { PENSTOCK_TOKEN: token } }).token).toBe(token);
    const dir = mkdtempSync(join(tmpdir(), 'penstock-token-'));
    const tokenFile = join(dir, 'token');
    writeFileSync(tokenFile, `${token}\n`);
    expect(config({ admin: '[::]:7400', tokenFile }).token).toBe(token);
    writeFileSync(tokenFile, '\n');
    expect(() => config({ tokenFile })).toThrow(/at least 16 characters/);
    rmSync(dir, { recursive: true });
    expect(() => config({ tokenFile })).toThrow(/cannot be read/);
  });

  test('tell all mistakes together', () => {
    expect(() => config({ fleet: 'a.b', admin: '7400', env: { PENSTOCK_TOKEN: 'short' } })).toThrow(
      /fleet "a\.b".*\n.*admin address "7400".*\n.*PENSTOCK_TOKEN: want at least 16/,
    );
  });
});

describe('addresses', () => {
  test.each([
    ['127.0.0.1:80', { host: '127.0.0.1', port: 80 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['localhost:65535', { host: 'localhost', port: 65_535 }],
    ['localhost', undefined],
    [':80', undefined],
    ['::1:80', undefined],
    ['a:65536', undefined],
    ['a:b', undefined],
  ])('%s is read', (text, address) => {
    expect(parseHostPort(text)).toEqual(address);
    if (address !== undefined) expect(formatHostPort(address)).toBe(text);
  });

  test.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['localhost', true],
    ['127.0.0.1.example.test', false],
    ['10.0.0.1', false],
    ['0.0.0.0', false],
    ['::', false],
  ])('%s is loopback: %s', (host, loopback) => {
    expect(isLoopback(host)).toBe(loopback);
  });
});

describe('durations', () => {
  test.each([
    ['30s', 30_000],
    ['10m', 600_000],
    ['10min', 600_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['500ms', 500],
    ['', undefined],
    ['10', undefined],
    ['-5s', undefined],
    ['5 s', undefined],
    ['1.5h', undefined],
  ])('%s is read', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});
