import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import { generateKeyPair } from '#shared/snapshot/signature.ts';
import { type NodeOptions, nodeConfig } from '../../data-plane/config.ts';
import { fewOpenFiles } from '../../data-plane/open-files.ts';
import { readNodeTexts } from '../../data-plane/settings-text.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const options: NodeOptions = { fleet: 'f', name: 'n', bus: createInProcessBus(), threads: 1, log: silent };

describe('settings of a node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'penstock-settings-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are complete and frozen when nothing is said', () => {
    const config = nodeConfig(options);
    expect(config).toMatchObject({
      reportIntervalMs: 1_000,
      probationMs: 30_000,
      poll: { urls: [], afterMs: 30_000, everyMs: 30_000 },
      labels: {},
      listenMap: [],
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('have room for a change that replaces ten thousand workers, and for balancers as there are workers', () => {
    expect(nodeConfig(options).capacity).toMatchObject({ slots: 65_536, locks: 4_096 });
    expect(nodeConfig({ ...options, capacity: { slots: 200_000 } }).capacity).toMatchObject({ locks: 12_500 });
    expect(nodeConfig({ ...options, capacity: { slots: 10 } }).capacity).toMatchObject({ slots: 10, locks: 4_096 });
  });

  it('name every mistake', () => {
    const wrong = { ...options, fleet: 'a b', threads: 999, probationMs: -1, poll: { everyMs: 0 } };
    expect(() => nodeConfig(wrong)).toThrow(/fleet "a b".*threads 999.*probationMs -1.*poll\.everyMs 0/);
  });

  it('are read from texts', () => {
    const key = join(folder, 'key.pem');
    const pair = generateKeyPair();
    writeFileSync(key, pair.publicPem);
    writeFileSync(join(folder, 'token'), 'secret\n');
    const mistakes: string[] = [];
    const settings = readNodeTexts(
      {
        listen: ['8080=127.0.0.1:18080', '*:443=8443'],
        label: ['zone=a', 'rack=r/1'],
        status: '[::1]:7500',
        trustKey: [key],
        poll: ['http://10.0.0.1:7400'],
        pollTokenFile: join(folder, 'token'),
      },
      mistakes,
    );
    expect(mistakes).toEqual([]);
    expect(settings).toMatchObject({
      listen: [{ from: { port: 8080 }, to: { address: '127.0.0.1', port: 18080 } }, { from: { address: '*' } }],
      labels: { zone: 'a', rack: 'r/1' },
      status: { host: '::1', port: 7500 },
      trustedKeys: [{ keyId: pair.keyId }],
      poll: { urls: ['http://10.0.0.1:7400'], token: 'secret' },
    });
  });

  it('are all named when texts are wrong, without secrets', () => {
    const mistakes: string[] = [];
    readNodeTexts(
      {
        listen: ['80', '1=2=3'],
        label: ['zone', 'a=1', 'a=2', 'b= '],
        status: 'here',
        trustKey: [join(folder, 'absent.pem')],
        poll: ['ftp://x', 'http://user:hunter2@x'],
        pollTokenFile: join(folder, 'absent'),
      },
      mistakes,
    );
    expect(mistakes).toHaveLength(10);
    expect(mistakes.join('\n')).not.toContain('hunter2');
  });

  it('speak of a low limit of open files', async () => {
    const limits = join(folder, 'limits');
    const line = (soft: string) =>
      writeFileSync(limits, `Max open files            ${soft}                 4096   files\n`);
    line('1024');
    expect(await fewOpenFiles(limits)).toMatchObject({ openFiles: 1024, advice: expect.stringContaining('ulimit') });
    line('65536');
    expect(await fewOpenFiles(limits)).toBeUndefined();
    expect(await fewOpenFiles(join(folder, 'absent'))).toBeUndefined();
  });
});
