import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import { within } from '#test/support/wait.ts';
import { controlPlaneConfig } from '../../control-plane/config.ts';
import { openEmbeddedStore } from '../../control-plane/embedded-store.ts';
import { startControlPlane } from '../../control-plane/main.ts';
import { silent } from './support/control-plane.ts';
import { balancer, definitionOf, worker } from './support/definitions.ts';

describe('a control plane on a damaged store', () => {
  let dataDir: string;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'penstock-plane-'));
  });

  afterEach(() => rmSync(dataDir, { recursive: true }));

  const config = { ...controlPlaneConfig({ admin: '127.0.0.1:0', env: {} }), checkpointEvery: 2 };
  const start = async (log = silent) => {
    const store = openEmbeddedStore(dataDir, config, Date.now, log);
    return startControlPlane({ config, store, bus: createInProcessBus(), log });
  };

  async function damage(revision: number): Promise<void> {
    const plane = await start();
    for (const n of [1, 2, 3]) {
      await plane.commands.apply({ definition: definitionOf(balancer('app', [worker(n)])) }, { actor: 'ann' });
    }
    await plane.stop();
    const db = new DatabaseSync(join(dataDir, 'events.db'));
    db.prepare('UPDATE commits SET bytes = zeroblob(10) WHERE revision = ?').run(revision);
    db.close();
  }

  test('does not start when the damage is in what it would serve', async () => {
    await damage(3);
    await expect(start()).rejects.toThrow(/event store is damaged: revision 3 .*restore it from a backup/);
  });

  test('starts from a checkpoint after the damage, and tells of it', async () => {
    await damage(1);
    const error = vi.fn();
    const plane = await start({ ...silent, error });
    expect((await plane.state()).revision).toBe(3);
    await vi.waitFor(() =>
      expect(error).toHaveBeenCalledWith(expect.objectContaining({ code: 'CP2003', revision: 1 }), expect.any(String)),
    );
    await plane.stop();
  });

  test('says nothing of a sound one, also when it stops at once', async () => {
    const error = vi.fn();
    const plane = await start({ ...silent, error });
    await plane.stop();
    expect(error).not.toHaveBeenCalled();
  });
});

test('a control plane stops though a client does not read its answer', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'penstock-plane-'));
  const config = controlPlaneConfig({ admin: '127.0.0.1:0', env: {} });
  const store = openEmbeddedStore(dataDir, config, Date.now, silent);
  const plane = await startControlPlane({ config, store, bus: createInProcessBus(), log: silent });
  // More than what the system keeps for a client that does not read.
  for (let n = 1; n <= 12; n++) {
    const definition = definitionOf(balancer('app', [worker(n)]));
    await plane.commands.apply({ definition, allowShrink: true }, { actor: 'ann', message: 'x'.repeat(2 ** 21) });
  }
  const { port } = new URL(plane.url);
  const client = connect(Number(port), '127.0.0.1');
  client.write('GET /v1/export HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await once(client, 'readable');
  client.on('error', () => {});
  await within('the control plane to stop', plane.stop());
  client.destroy();
  rmSync(dataDir, { recursive: true });
}, 30_000);
