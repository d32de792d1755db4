import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StatusServer, startStatusServer } from '../../../data-plane/status/status-server.ts';
import { configuration, type NodeBed, nodeBed } from '../agent/node-bed.ts';

describe('status pages', () => {
  let bed: NodeBed;

  beforeEach(async () => {
    bed = await nodeBed();
  });

  afterEach(() => bed.close());

  const anyPort = { host: '127.0.0.1', port: 0 };
  const page = async (url: string | undefined, path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${url}${path}`, init);
    return { status: answer.status, text: await answer.text() };
  };

  it('say that the node lives, and that it is ready once it serves something', async () => {
    const node = await bed.start({ status: anyPort });
    expect(await page(node.statusUrl, '/livez')).toEqual({ status: 200, text: 'live\n' });
    expect(await page(node.statusUrl, '/readyz')).toEqual({ status: 503, text: 'no configuration is served yet\n' });
    await bed.put(1, { definition: configuration(['http://10.0.0.1']) });
    await node.serving(1);
    expect(await page(node.statusUrl, '/readyz')).toEqual({ status: 200, text: 'ready\n' });
  });

  it('say why the newest configuration is not served', async () => {
    const node = await bed.start({ status: anyPort });
    await bed.put(1, { definition: configuration(['http://10.0.0.1']) });
    await node.serving(1);
    await bed.put(2, { definition: configuration(['http://10.0.0.1'], 'refuse') });
    await expect(node.serving(2)).rejects.toThrow();
    const status = JSON.parse((await page(node.statusUrl, '/status')).text);
    expect(status).toMatchObject({
      serving: { epoch: 1, revision: 1 },
      newest: { epoch: 1, revision: 2 },
      lagRevisions: 1,
      errors: [{ code: 'compile' }],
      rejected: [{ revision: 2, passing: false, errors: [{ text: 'pattern ( does not compile' }] }],
      workers: [{ balancer: 'app', url: 'http://10.0.0.1', status: 'Init Ok', requests: '0' }],
    });
    const { text } = await page(node.statusUrl, '/metrics');
    expect(text).toMatch(/^penstock_node_lag_revisions 1$/m);
    expect(text).toMatch(/^penstock_node_rejected 1$/m);
    expect(text).toMatch(/^# TYPE penstock_node_worker_requests_total counter$/m);
    expect(text).toMatch(/^penstock_node_worker_requests_total\{balancer="app",worker="http:\/\/10.0.0.1"\} 0$/m);
    expect(text).toMatch(/^penstock_node_worker_request_body_bytes_total\{.*\} 0$/m);
  });

  it('know no other page and nothing but reading', async () => {
    const node = await bed.start({ status: anyPort });
    expect((await page(node.statusUrl, '/other')).status).toBe(404);
    expect((await page(node.statusUrl, '/status', { method: 'POST' })).status).toBe(405);
    expect(await page(node.statusUrl, '/livez', { method: 'HEAD' })).toEqual({ status: 200, text: '' });
  });

  it('are refused by name when the address is taken', async () => {
    const first: StatusServer = await startStatusServer(anyPort, {
      unready: () => 'not asked',
      view: () => {
        throw new Error('not asked');
      },
    });
    const port = Number(new URL(first.url).port);
    await expect(bed.start({ status: { host: '127.0.0.1', port } })).rejects.toThrow(
      `status address 127.0.0.1:${port} cannot be listened on: another process listens there`,
    );
    await first.close();
  });
});
