import { describe, expect, it } from 'vitest';
import { type ListenMapping, mappingOf, parseListenMapping } from '../../../data-plane/agent/listen-map.ts';
import { resolveListeners } from '../../../data-plane/agent/resolve-listeners.ts';
import type { ProbeAddress } from '../../../data-plane/ports.ts';

const free: ProbeAddress = async (_address, port) => ({ port: port === 0 ? 40_000 : port });

function mapped(text: string): ListenMapping {
  const mapping = parseListenMapping(text);
  if ('error' in mapping) throw new Error(mapping.error);
  return mapping;
}

describe('listen mappings', () => {
  it.each([
    ['8080=127.0.0.1:18080', { from: { port: 8080 }, to: { address: '127.0.0.1', port: 18_080 } }],
    ['*:80=18080', { from: { address: '*', port: 80 }, to: { port: 18_080 } }],
    ['[::1]:80=[::1]:0', { from: { address: '::1', port: 80 }, to: { address: '::1', port: 0 } }],
  ])('reads %s', (text, expected) => {
    expect(parseListenMapping(text)).toEqual({ text, ...expected });
  });

  it.each(['8080', '8080=', '=80', '80=x:80', '80=::1:80', '80=70000', '80=1=2', 'name:80=80'])(
    'refuses %s',
    (text) => {
      expect(parseListenMapping(text)).toEqual({ error: expect.stringContaining(`"${text}": want FROM=TO`) });
    },
  );

  it('lets one that names the address go before one that names the port alone', () => {
    const map = [mapped('80=1080'), mapped('127.0.0.2:80=2080')];
    expect(mappingOf(map, { address: '127.0.0.2', port: 80 })?.to.port).toBe(2080);
    expect(mappingOf(map, { address: '*', port: 80 })?.to.port).toBe(1080);
    expect(mappingOf(map, { address: '*', port: 81 })).toBeUndefined();
  });

  it('keep the configured port and, where there was one, address', async () => {
    const map = [mapped('80=127.0.0.1:1080'), mapped('192.0.2.1:81=127.0.0.1:1081')];
    const configured = [
      { address: '*', port: 80 },
      { address: '192.0.2.1', port: 81 },
      { address: '*', port: 82 },
    ];
    const first = await resolveListeners(configured, [], free, [], map);
    expect(first).toEqual({
      listeners: [
        { address: '127.0.0.1', port: 1080, configuredPort: 80 },
        { address: '127.0.0.1', port: 1081, configuredPort: 81, configuredAddress: '192.0.2.1' },
        { address: '::', port: 82, configuredPort: 82 },
      ],
    });
    const held = 'listeners' in first ? first.listeners : [];
    const probed: ProbeAddress = async () => {
      throw new Error('probed');
    };
    expect(await resolveListeners(configured, held, probed, [], map)).toEqual(first);
  });

  it('cannot bind two listeners to one place: connections could not be told apart', async () => {
    const map = [mapped('80=127.0.0.1:1080'), mapped('81=127.0.0.1:1080')];
    const configured = [80, 81].map((port) => ({ address: '*', port }));
    expect(await resolveListeners(configured, [], free, [], map)).toMatchObject({
      errors: [
        { object: 'listener *:81', text: expect.stringContaining('(mapped by 81=127.0.0.1:1080): port 80 is bound') },
      ],
    });
  });
});
