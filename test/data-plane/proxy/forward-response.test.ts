import { describe, expect, it } from 'vitest';
import {
  type ForwardedResponse,
  forwardInterimHead,
  forwardResponseHead,
  forwardUpgradeHead,
  trailerSection,
} from '../../../data-plane/proxy/forward-response.ts';
import { fieldsOf, linesOf, responseOf, settingsOf } from './support.ts';

const DATE = ['Date', 'Sun, 06 Nov 1994 08:49:37 GMT'] as const;

function forwarded(changes: Partial<ForwardedResponse> = {}): string {
  return forwardResponseHead({
    head: responseOf(200, [DATE]),
    framing: 'length',
    settings: settingsOf(),
    via: undefined,
    reverse: undefined,
    origin: { scheme: 'http', host: 'front.test' },
    connection: '',
    connectionTokens: [],
    upgradeAllowed: false,
    ...changes,
  });
}

describe('forwardResponseHead', () => {
  it('relays status and reason as they are, also an empty reason', () => {
    expect(forwarded({ head: responseOf(299, [DATE], 'Odd Reason') })).toMatch(/^HTTP\/1\.1 299 Odd Reason\r\n/);
    expect(forwarded({ head: responseOf(200, [DATE], '') })).toMatch(/^HTTP\/1\.1 200 \r\n/);
  });

  it('drops hop-by-hop fields and those Connection lists, and keeps repeated fields apart', () => {
    const head = responseOf(200, [
      DATE,
      ['Connection', 'X-Drop'],
      ['X-Drop', '1'],
      ['Keep-Alive', 'timeout=1'],
      ['Proxy-Authenticate', 'Basic'],
      ['TE', 'x'],
      ['Trailer', 'X'],
      ['Upgrade', 'foo'],
      ['Transfer-Encoding', 'chunked'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ]);
    expect(linesOf(forwarded({ head, connectionTokens: ['x-drop'] }))).toEqual([
      'Date: Sun, 06 Nov 1994 08:49:37 GMT',
      'Set-Cookie: a=1',
      'Set-Cookie: b=2',
    ]);
  });

  it('writes old date forms in the standard one and leaves what is no date', () => {
    const head = responseOf(200, [
      ['Date', 'Sunday, 06-Nov-94 08:49:37 GMT'],
      ['Expires', '0'],
    ]);
    expect(linesOf(forwarded({ head }))).toEqual(['Date: Sun, 06 Nov 1994 08:49:37 GMT', 'Expires: 0']);
  });

  it('adds a Date the worker left out', () => {
    expect(forwarded({ head: responseOf(200, []) })).toMatch(/\r\nDate: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r\n/);
  });

  it('drops a Warning that contradicts Date', () => {
    const head = responseOf(200, [DATE, ['Warning', '199 h "old" "Sun, 06 Nov 1994 08:49:36 GMT"']]);
    expect(forwarded({ head })).not.toContain('Warning');
  });

  it.each([
    ['length', 200, true],
    ['none', 200, true],
    ['none', 304, true],
    ['none', 204, false],
    ['chunked', 200, false],
    ['until-close', 200, false],
  ] as const)('with framing %s and status %i keeps the worker’s Content-Length: %s', (framing, status, kept) => {
    const head = responseOf(status, [DATE, ['Content-Length', '5']]);
    expect(forwarded({ head, framing }).includes('Content-Length: 5')).toBe(kept);
  });

  it('announces chunks when it makes them', () => {
    expect(linesOf(forwarded({ framing: 'chunked' })).at(-1)).toBe('Transfer-Encoding: chunked');
  });

  it('adds Via as a line of its own after the worker’s', () => {
    const head = responseOf(200, [DATE, ['Via', '1.1 origin']]);
    expect(linesOf(forwarded({ head, via: '1.1 gateway.test' })).slice(1)).toEqual([
      'Via: 1.1 origin',
      'Via: 1.1 gateway.test',
    ]);
  });
});

describe('other heads', () => {
  it('relays an interim response without framing', () => {
    const head = responseOf(
      103,
      [
        ['Link', '<a>'],
        ['Content-Length', '3'],
        ['Connection', 'x'],
      ],
      'Early Hints',
    );
    expect(forwardInterimHead(head)).toBe('HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n');
  });

  it('switches protocols in the worker’s words', () => {
    const head = responseOf(
      101,
      [
        ['Upgrade', 'websocket'],
        ['Connection', 'upgrade'],
        ['Sec-WebSocket-Accept', 'x'],
      ],
      'Switching',
    );
    expect(linesOf(forwardUpgradeHead(head, 'websocket'))).toEqual([
      'Sec-WebSocket-Accept: x',
      'Connection: Upgrade',
      'Upgrade: websocket',
    ]);
  });

  it('ends a chunked body with its trailers', () => {
    expect(trailerSection(undefined)).toBe('0\r\n\r\n');
    expect(trailerSection(fieldsOf([['X-Sum', '1']]))).toBe('0\r\nX-Sum: 1\r\n\r\n');
  });
});
