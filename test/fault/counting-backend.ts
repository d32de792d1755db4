/**
 * A backend process to be killed: answers `GET /<bytes>` and `POST /<bytes>` with a body that can be checked, and counts in a
 * ledger. Usage: node counting-backend.ts NAME PORT LEDGER [HOST]
 *
 * The body is `X-Token` repeated and cut to length. `?chunked` asks for chunks. The checksum of an upload comes in `X-Crc`.
 */
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { crc32 } from 'node:zlib';
import { LedgerWriter } from './ledger.ts';

const [name = 'W0', port = '0', ledgerPath = '', host = '127.0.0.1'] = process.argv.slice(2);
const ledger = new LedgerWriter(ledgerPath);
let sequence = 0;

createServer({ noDelay: true }, serve).listen({ port: Number(port), host, backlog: 1024 }, () => {
  console.log('listening');
});

function serve(socket: Socket): void {
  let buffered: Buffer = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
    for (;;) {
      const request = take(buffered);
      if (request === undefined) return;
      buffered = buffered.subarray(request.bytes);
      ledger.add('bytesIn', request.head.length + 4 + request.body.length);
      ledger.add('received');
      const wanted = /^x-crc: (\d+)/im.exec(request.head)?.[1];
      if (wanted !== undefined && crc32(request.body) !== Number(wanted)) ledger.add('corrupt');
      answer(socket, request.head);
    }
  });
}

/** The first request, once it is there whole. */
function take(buffer: Buffer): { head: string; body: Buffer; bytes: number } | undefined {
  const end = buffer.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = buffer.toString('latin1', 0, end);
  const start = end + 4;
  if (/^transfer-encoding: chunked/im.test(head)) {
    const pieces: Buffer[] = [];
    for (let at = start; ; ) {
      const line = buffer.indexOf('\r\n', at);
      if (line < 0) return undefined;
      const size = Number.parseInt(buffer.toString('latin1', at, line), 16);
      const next = line + 2 + size + 2;
      if (buffer.length < next) return undefined;
      if (size === 0) return { head, body: Buffer.concat(pieces), bytes: next };
      pieces.push(buffer.subarray(line + 2, line + 2 + size));
      at = next;
    }
  }
  const bytes = start + Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  return buffer.length < bytes ? undefined : { head, body: buffer.subarray(start, bytes), bytes };
}

function answer(socket: Socket, head: string): void {
  const [, bytes = '0', mode] = /^\S+ \/(\d+)(?:\?(chunked))? /.exec(head) ?? [];
  const token = ((Number(port) << 16) ^ (++sequence * 2_654_435_761))
    .toString(16)
    .slice(-8)
    .padStart(8, '0')
    .replace('-', '0');
  const body = Buffer.alloc(Number(bytes), token, 'latin1');
  const answered = (err?: Error | null) => {
    if (err) return;
    ledger.add('bodyOut', body.length);
    ledger.add('answered');
  };
  const fields = `X-Worker: ${name}\r\nX-Token: ${token}\r\n`;
  if (mode === 'chunked') {
    socket.cork();
    socket.write(`HTTP/1.1 200 OK\r\n${fields}X-Length: ${bytes}\r\nTransfer-Encoding: chunked\r\n\r\n`);
    for (let at = 0; at < body.length; at += 4_096) {
      const piece = body.subarray(at, at + 4_096);
      socket.write(`${piece.length.toString(16)}\r\n`);
      socket.write(piece);
      socket.write('\r\n');
    }
    socket.write('0\r\n\r\n', answered);
    socket.uncork();
  } else {
    const top = Buffer.from(
      `HTTP/1.1 200 OK\r\n${fields}X-Length: ${bytes}\r\nContent-Length: ${bytes}\r\n\r\n`,
      'latin1',
    );
    socket.write(Buffer.concat([top, body]), answered);
  }
}
