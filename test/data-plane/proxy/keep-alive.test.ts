import { describe, expect, it } from 'vitest';
import { decideKeepAlive, type KeepAliveFacts } from '../../../data-plane/proxy/keep-alive.ts';
import { settingsOf } from './support.ts';

const ORDINARY: KeepAliveFacts = {
  settings: settingsOf(),
  versionMinor: 1,
  close: false,
  keepAlive: false,
  status: 200,
  delimited: true,
  served: 0,
  mustClose: false,
};

describe('decideKeepAlive', () => {
  it('keeps an HTTP/1.1 connection and says nothing about it', () => {
    expect(decideKeepAlive(ORDINARY)).toEqual({ keep: true, fields: '' });
  });

  it('tells its terms to a client that asked for keep-alive by name', () => {
    const { fields } = decideKeepAlive({ ...ORDINARY, keepAlive: true, served: 3 });
    expect(fields).toBe('Keep-Alive: timeout=5, max=97\r\nConnection: Keep-Alive\r\n');
  });

  it('leaves max out when MaxKeepAliveRequests is 0', () => {
    const settings = settingsOf({ maxKeepAliveRequests: 0 });
    const { fields } = decideKeepAlive({ ...ORDINARY, settings, keepAlive: true, served: 1000 });
    expect(fields).toBe('Keep-Alive: timeout=5\r\nConnection: Keep-Alive\r\n');
  });

  it.each<[string, Partial<KeepAliveFacts>]>([
    ['the client asks for close', { close: true }],
    ['the client speaks HTTP/1.0 and does not ask for keep-alive', { versionMinor: 0 }],
    ['the end of the connection is the end of the body', { delimited: false }],
    ['KeepAlive is Off', { settings: settingsOf({ keepAlive: false }) }],
    ['KeepAliveTimeout is 0', { settings: settingsOf({ keepAliveTimeoutMs: 0 }) }],
    ['MaxKeepAliveRequests is reached', { served: 100 }],
    ['the request is not read to its end', { mustClose: true }],
    ...[400, 408, 411, 413, 414, 431, 500, 501, 503].map((status): [string, Partial<KeepAliveFacts>] => [
      `the status is ${status}, relayed or not`,
      { status },
    ]),
  ])('closes when %s', (_why, facts) => {
    expect(
      decideKeepAlive({
        ...ORDINARY,
        keepAlive: true,
        ...facts,
        ...(facts.versionMinor === 0 && { keepAlive: false }),
      }),
    ).toEqual({
      keep: false,
      fields: 'Connection: close\r\n',
    });
  });

  it.each([200, 204, 304, 404, 502, 504])('keeps the connection after %i', (status) => {
    expect(decideKeepAlive({ ...ORDINARY, status }).keep).toBe(true);
  });
});
