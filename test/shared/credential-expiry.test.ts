import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expiryOf } from '#shared/credential-expiry.ts';
import { type Authority, createAuthority, FOR_CLIENTS } from '#test/support/certificates.ts';
import { createJwtOperator } from '#test/support/nats-jwt.ts';

const DAY_MS = 86_400_000;

describe('when a credential ends', () => {
  const dir = mkdtempSync(join(tmpdir(), 'penstock-expiry-'));
  let authority: Authority;

  beforeAll(async () => {
    authority = await createAuthority(dir);
  });

  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const daysLeft = (expiresMs = Number.NaN) => Math.round((expiresMs - Date.now()) / DAY_MS);

  test('is what a certificate says, and of several the first end', async () => {
    const pems = await Promise.all(
      [30, 10, -1].map(async (days) => {
        const { certFile } = await authority.issue(`c${days}`, { days, extension: FOR_CLIENTS });
        return readFileSync(certFile, 'utf8');
      }),
    );
    expect(pems.map((pem) => daysLeft(expiryOf(pem, 'certificate')))).toEqual([30, 10, -1]);
    expect(daysLeft(expiryOf(pems.slice(0, 2).join('\n'), 'certificate'))).toBe(10);
  });

  test('is what the JWT of a NATS credentials file says, if anything', () => {
    const operator = createJwtOperator();
    const expiresMs = Math.ceil(Date.now() / 1_000) * 1_000 + 5 * DAY_MS;
    expect(expiryOf(operator.creds(expiresMs), 'creds')).toBe(expiresMs);
    expect(expiryOf(operator.creds(), 'creds')).toBeUndefined();
  });

  test('is not made up from other files, nor is what they hold told', () => {
    for (const kind of ['certificate', 'creds'] as const) {
      expect(() => expiryOf('SUAM secret', kind)).toThrow(/^want a (PEM certificate|JWT and its seed)$/);
    }
    const broken = createJwtOperator()
      .creds()
      .replace(/\.[\w-]+\./, '.e30x.');
    expect(() => expiryOf(broken, 'creds')).toThrow('want a JWT and its seed');
  });
});
