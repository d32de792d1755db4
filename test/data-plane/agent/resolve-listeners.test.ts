import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { probeAddress } from '../../../data-plane/agent/probe-address.ts';
import { resolveListeners } from '../../../data-plane/agent/resolve-listeners.ts';
import type { ProbeAddress } from '../../../data-plane/ports.ts';
import { listenOnFreePort } from '../../support/ports.ts';

const free: ProbeAddress = async (_address, port) => ({ port: port === 0 ? 40_000 : port });
const forbidden: ProbeAddress = async () => {
  throw new Error('probed');
};

describe('resolveListeners', () => {
  it('takes * for every address of both families, or of IPv4 where there is no IPv6', async () => {
    const without6: ProbeAddress = async (address, port) =>
      address === '::' ? { code: 'EAFNOSUPPORT', text: 'no IPv6' } : { port };
    const configured = [{ address: '*', port: 80 }];
    expect(await resolveListeners(configured, [], free)).toEqual({
      listeners: [{ address: '::', port: 80, configuredPort: 80 }],
    });
    expect(await resolveListeners(configured, [], without6)).toEqual({
      listeners: [{ address: '0.0.0.0', port: 80, configuredPort: 80 }],
    });
  });

  it('keeps what is listened on already, the port found for 0 included, without probing it', async () => {
    const configured = [{ address: '127.0.0.1', port: 0 }];
    const first = await resolveListeners(configured, [], free);
    const held = 'listeners' in first ? first.listeners : [];
    expect(held).toEqual([{ address: '127.0.0.1', port: 40_000, configuredPort: 0 }]);
    expect(await resolveListeners(configured, held, forbidden)).toEqual({ listeners: held });
  });

  it('does not take its own threads for strangers', async () => {
    const held = [{ address: '::', port: 80, configuredPort: 80 }];
    expect(await resolveListeners([{ address: '127.0.0.1', port: 80 }], held, forbidden)).toEqual({
      listeners: [{ address: '127.0.0.1', port: 80, configuredPort: 80 }],
    });
  });

  it('widens from IPv4 to both families where there are two', async () => {
    const held = [{ address: '0.0.0.0', port: 80, configuredPort: 80 }];
    const probed: string[] = [];
    const probe: ProbeAddress = async (address, port) => {
      probed.push(`${address} ${port}`);
      return { port: port === 0 ? 40_000 : port };
    };
    // The port itself would be found held by our own threads: another one shows whether there is the family.
    expect(await resolveListeners([{ address: '*', port: 80 }], held, probe)).toEqual({
      listeners: [{ address: '::', port: 80, configuredPort: 80 }],
    });
    expect(probed).toEqual([':: 0']);
    const without6: ProbeAddress = async () => ({ code: 'EAFNOSUPPORT', text: 'no IPv6' });
    expect(await resolveListeners([{ address: '*', port: 80 }], held, without6)).toEqual({ listeners: held });
  });

  it('waits until its own threads have let go of an address, and for nobody else', async () => {
    let looks = 0;
    const busyTwice: ProbeAddress = async (_address, port) =>
      ++looks <= 2 ? { code: 'EADDRINUSE', text: 'another process listens there already' } : { port };
    const configured = [{ address: '127.0.0.1', port: 80 }];
    expect(await resolveListeners(configured, [], busyTwice)).toMatchObject({ errors: [{ code: 'listen' }] });
    looks = 0;
    const lettingGo = [{ address: '127.0.0.1', port: 80, configuredPort: 80 }];
    expect(await resolveListeners(configured, [], busyTwice, lettingGo)).toEqual({ listeners: lettingGo });
  });

  it('names every address that another process holds', async () => {
    const stranger = createServer();
    const port = await listenOnFreePort(stranger);
    const other = createServer();
    const otherPort = await listenOnFreePort(other);
    const configured = [port, otherPort].map((taken) => ({ address: '127.0.0.1', port: taken }));
    expect(await resolveListeners(configured, [], probeAddress)).toEqual({
      errors: configured.map(({ port: taken }) => ({
        object: `listener 127.0.0.1:${taken}`,
        code: 'listen',
        text: `cannot listen on 127.0.0.1:${taken}: another process listens there already (EADDRINUSE)`,
      })),
    });
    stranger.close();
    other.close();
  });

  it('names an address that this machine does not have', async () => {
    expect(await resolveListeners([{ address: '192.0.2.1', port: 8080 }], [], probeAddress)).toMatchObject({
      errors: [{ object: 'listener 192.0.2.1:8080', text: expect.stringContaining('EADDRNOTAVAIL') }],
    });
  });
});
