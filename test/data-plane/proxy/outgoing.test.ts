import { connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenOnFreePort } from '#test/support/ports.ts';
import { Outgoing } from '../../../data-plane/proxy/outgoing.ts';

const server = createServer({ allowHalfOpen: true }, (socket) => {
  const received: Uint8Array[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  socket.on('end', () => socket.end(Buffer.concat(received)));
});
let port = 0;

beforeAll(async () => {
  port = await listenOnFreePort(server);
});
afterAll(() => void server.close());

async function echoed(send: (out: Outgoing, socket: Socket) => void): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await new Promise((resolve) => socket.once('connect', resolve));
  send(new Outgoing(socket), socket);
  socket.end();
  return Buffer.concat(await socket.toArray());
}

describe('Outgoing', () => {
  it('sends texts and bytes in the order given, of any size and however flushed', async () => {
    const piece = fc.oneof(
      fc.record({ text: fc.string({ unit: 'binary-ascii', maxLength: 200 }) }),
      fc.record({ text: fc.nat(70_000).map((length) => 'h'.repeat(length)) }),
      fc.record({ bytes: fc.oneof(fc.nat(100), fc.nat(100_000)), fill: fc.nat(255) }),
      fc.constant('flush' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const expected: Buffer[] = [];
        const received = await echoed((out) => {
          for (const action of pieces) {
            if (action === 'flush') {
              out.flush();
            } else if ('text' in action) {
              expected.push(Buffer.from(action.text, 'latin1'));
              out.text(action.text);
            } else {
              const body = Buffer.alloc(action.bytes, action.fill);
              expected.push(body);
              out.bytes(body, 0, body.length);
            }
          }
          out.flush();
        });
        expect(received.equals(Buffer.concat(expected))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('says when the socket wants no more for now', async () => {
    const answers: boolean[] = [];
    await echoed((out) => {
      out.text('small');
      answers.push(out.flush());
      out.bytes(Buffer.alloc(32 << 20), 0, 32 << 20);
      answers.push(out.flush());
    });
    expect(answers).toEqual([true, false]);
  });

  it('drops what is given to a socket that is gone', async () => {
    await echoed((out, socket) => {
      out.text('x');
      out.flush();
      socket.destroy();
      out.text('y');
      expect(() => out.flush()).not.toThrow();
    }).catch(() => {});
  });
});
