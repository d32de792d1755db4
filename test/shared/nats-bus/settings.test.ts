import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { natsBus } from '#shared/nats-bus/nats-bus.ts';
import { serverWarning } from '#shared/nats-bus/server-version.ts';
import { natsSettings } from '#shared/nats-bus/settings.ts';

const base = { fleet: 'f', name: 'n', role: 'node' } as const;

describe('settings of the NATS bus', () => {
  it('takes credentials out of the URL, so that no message can show them', () => {
    const settings = natsSettings({ ...base, servers: 'nats://ann:s%40cret@a.example:4333, nats://b.example' });
    expect(settings.servers).toEqual(['a.example:4333', 'b.example:4222']);
    expect(settings.credentials).toEqual({ user: 'ann', password: 's@cret' });
    expect(natsSettings({ ...base, servers: 'nats://tok@a' }).credentials).toEqual({ token: 'tok' });
  });

  it('asks for TLS when one URL does', () => {
    expect(natsSettings({ ...base, servers: 'nats://a' }).tls).toBeUndefined();
    expect(natsSettings({ ...base, servers: 'nats://a,tls://b' }).tls).toEqual({});
  });

  it('gives each party an inbox of its own', () => {
    expect(natsSettings({ ...base, servers: 'nats://a' }).inboxPrefix).toBe('_INBOX.penstock.f.n');
  });

  it.each([
    [{ servers: 'http://ann:secret@a' }, 'NATS server "http://a": want nats://host:port or tls://host:port'],
    [{ servers: 'nats://ann:secret@[::' }, 'NATS server "nats://[::": want'],
    [{ servers: '' }, 'NATS server ""'],
    [{ servers: 'nats://a', fleet: 'a.b' }, 'fleet "a.b": want letters'],
    [{ servers: 'nats://a', name: '' }, 'name "": want letters'],
    [{ servers: 'nats://a', replicas: 6 }, 'replicas 6: want 1 to 5'],
    [{ servers: 'nats://a', tls: { certFile: 'x' } }, 'a client certificate needs its key'],
  ])('refuses %j', (options, message) => {
    const refused = () => natsSettings({ ...base, ...options });
    expect(refused).toThrow(message);
    expect(refused).not.toThrow(/secret/);
  });

  describe('files of credentials', () => {
    let dir: string;

    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'penstock-creds-'));
    });

    afterAll(() => rm(dir, { recursive: true, force: true }));

    it.each(['credsFile', 'nkeySeedFile', 'tokenFile'])('names a %s that is not there', async (kind) => {
      const credentials = { [kind]: join(dir, 'none') } as { tokenFile: string };
      await expect(natsBus({ ...base, servers: 'nats://a', credentials })).rejects.toThrow(
        `${dir}/none cannot be read`,
      );
    });

    it.each(['credsFile', 'nkeySeedFile'])(
      'names a %s that holds none, without telling what it holds',
      async (kind) => {
        await writeFile(join(dir, kind), 'SUsecret');
        const credentials = { [kind]: join(dir, kind) } as { credsFile: string };
        const error = await natsBus({ ...base, servers: 'nats://a', credentials }).catch((err: Error) => err);
        expect(error).toMatchObject({ message: expect.stringContaining(`${dir}/${kind}: want`) });
        expect(JSON.stringify(error, Object.getOwnPropertyNames(error)).replaceAll(dir, '')).not.toContain('secret');
      },
    );

    it('names a TLS file that is not there', async () => {
      const tls = { caFile: join(dir, 'ca.pem') };
      await expect(natsBus({ ...base, servers: 'tls://a', tls })).rejects.toThrow(
        `TLS file ${dir}/ca.pem cannot be read`,
      );
    });
  });
});

describe('versions of nats-server', () => {
  it.each(['2.11.16', '2.11.17', '2.12.7', '2.12.10', '2.14.0', '2.15.1-preview', '3.0.0'])(
    'takes %s as it is',
    (version) => {
      expect(serverWarning(version)).toBeUndefined();
    },
  );

  it.each(['2.9.10', '2.10.29', '2.11.15', '2.12.6', '2.13.0'])('warns of %s', (version) => {
    expect(serverWarning(version)).toMatch(`nats-server ${version}: production needs 2.11.16, 2.12.7, 2.14 or newer`);
  });

  it('says when one is too old to work with', () => {
    expect(serverWarning('2.8.4')).toContain('needs 2.9 or newer');
  });
});
