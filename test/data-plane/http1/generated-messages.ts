import fc from 'fast-check';
import { latin1 } from './reading.ts';

/**
 * Requests as bytes, from a grammar that favours what decides framing, then often damaged at a few places. Many are
 * valid, most are near misses.
 */
export function generatedRequest(): fc.Arbitrary<Buffer> {
  return fc
    .tuple(request(), fc.array(damage(), { maxLength: 2 }))
    .map(([text, damages]) => latin1(damages.reduce((damaged, apply) => apply(damaged), text)));
}

/** The same for responses, without interim ones. */
export function generatedResponse(): fc.Arbitrary<Buffer> {
  return fc
    .tuple(response(), fc.array(damage(), { maxLength: 2 }))
    .map(([text, damages]) => latin1(damages.reduce((damaged, apply) => apply(damaged), text)));
}

function response(): fc.Arbitrary<string> {
  return fc
    .record({
      lead: often('', ['\r\n', '\n', ' ']),
      version: often('HTTP/1.1', ['HTTP/1.0', 'HTTP/2.0', 'http/1.1']),
      status: often(' 200 OK', [
        ' 200',
        ' 200 ',
        ' 404 \xe9',
        ' 204 No Content',
        ' 304 X',
        ' 999 X',
        '  200 OK',
        ' 20 OK',
      ]),
      fields: fc.array(field(), { maxLength: 4 }),
      framing: fc.oneof(lengthFraming(), chunkedFraming()),
    })
    .map(({ lead, version, status, fields, framing }) => {
      const lines = [`${version}${status}`, ...fields, ...framing.lines];
      return `${lead}${lines.join('\r\n')}\r\n\r\n${framing.body}`;
    });
}

function request(): fc.Arbitrary<string> {
  return fc
    .record({
      lead: often('', ['\r\n', '\n', ' ']),
      method: fc.constantFrom('GET', 'POST', 'PUT', 'OPTIONS', 'DELETE', 'HEAD'),
      target: often('/', [
        '/a/b?c=d',
        '/%20',
        '*',
        'http://h.example/x',
        'http://h.example',
        '/a|b',
        '//',
        '/a#b',
        'x',
      ]),
      version: often('HTTP/1.1', ['HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'http/1.1']),
      host: often('Host: h.example:80', [
        'Host: ',
        'Host: [::1]',
        'Host: a\r\nHost: b',
        'X: y',
        'Host : h',
        'Host:h,i',
      ]),
      fields: fc.array(field(), { maxLength: 4 }),
      framing: fc.oneof(lengthFraming(), chunkedFraming(), bothFramings()),
      next: fc.constantFrom('', 'GET /next HTTP/1.1\r\nHost: h\r\n\r\n', '0\r\n\r\n'),
    })
    .map(({ lead, method, target, version, host, fields, framing, next }) => {
      const lines = [`${method} ${target} ${version}`, host, ...fields, ...framing.lines];
      return `${lead}${lines.join('\r\n')}\r\n\r\n${framing.body}${next}`;
    });
}

type Framing = { lines: string[]; body: string };

function lengthFraming(): fc.Arbitrary<Framing> {
  return fc
    .tuple(
      fc.constantFrom('', 'x', 'hello', '0\r\n\r\n', '\r\n'),
      often('exact', ['more', 'plus', 'zeros', 'list', 'twice', 'hex', 'none', 'space']),
    )
    .map(([body, style]) => {
      const n = body.length;
      const lines: Record<string, string[]> = {
        exact: [`Content-Length: ${n}`],
        more: [`Content-Length: ${n + 3}`],
        plus: [`Content-Length: +${n}`],
        zeros: [`content-length:  000${n} `],
        list: [`Content-Length: ${n}, ${n}`],
        twice: [`Content-Length: ${n}`, `Content-Length: ${n}`],
        hex: [`Content-Length: 0x${n}`],
        none: [],
        space: [`Content-Length : ${n}`],
      };
      return { lines: lines[style] ?? [], body };
    });
}

function chunkedFraming(): fc.Arbitrary<Framing> {
  return fc
    .tuple(
      often('Transfer-Encoding: chunked', [
        'transfer-encoding:CHUNKED\t',
        'Transfer-Encoding: chunked, chunked',
        'Transfer-Encoding: gzip, chunked',
        'Transfer-Encoding: chunked, identity',
        'Transfer-Encoding: \x0bchunked',
        'Transfer-Encoding : chunked',
        'Transfer-Encoding:\r\n chunked',
        'Transfer-Encoding: "chunked"',
        'Transfer-Encoding: xchunked',
        'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
      ]),
      fc.array(chunk(), { maxLength: 3 }),
      often('0\r\n', ['0;a=b\r\n', '000\r\n', '0 \r\n', '0\n', '0x0\r\n']),
      often('\r\n', ['X: y\r\n\r\n', 'Cookie: c\r\nA: b\r\n\r\n', 'X : y\r\n\r\n', '\n', 'X: y\n\r\n']),
    )
    .map(([line, chunks, last, trailers]) => ({ lines: [line], body: `${chunks.join('')}${last}${trailers}` }));
}

function chunk(): fc.Arbitrary<string> {
  return fc
    .record({
      data: fc.constantFrom('x', 'hello', '0123456789abcdef', '\r\n0\r\n\r\n'),
      zeros: often('', ['0', '000000', '0x', '+', '-', ' ', '1_']),
      extension: often('', [';a', ';a=b', ';a="b;\\" c"', ' ;a', ';', ';a b', ';a=\x00']),
      lineEnd: often('\r\n', ['\n', '\r', '\r\r\n', ' \r\n']),
      dataEnd: often('\r\n', ['', '\n', '\r', 'x\r\n']),
    })
    .map(({ data, zeros, extension, lineEnd, dataEnd }) => {
      return `${zeros}${data.length.toString(16)}${extension}${lineEnd}${data}${dataEnd}`;
    });
}

function bothFramings(): fc.Arbitrary<Framing> {
  return fc.tuple(lengthFraming(), chunkedFraming(), fc.boolean()).map(([length, chunked, lengthFirst]) => ({
    lines: lengthFirst ? [...length.lines, ...chunked.lines] : [...chunked.lines, ...length.lines],
    body: chunked.body,
  }));
}

function field(): fc.Arbitrary<string> {
  return often('Accept: */*', [
    'X-Empty:',
    'X-Text: \xe9\x80\xff',
    'X-Tab:\ta\tb\t',
    'Cookie: a="b; c"',
    "x!#$%&'*+-.^_`|~9: odd but fine",
    'Content-Length-X: 5',
    'Connection: keep-alive',
    'Connection: x-foo',
    'X-Nul: a\x00b',
    'X-Fold: a\r\n b',
    'X(Y): z',
    'no colon',
    ': no name',
  ]);
}

/** `usual` in most cases, else one of the others. */
function often(usual: string, others: string[]): fc.Arbitrary<string> {
  return fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: 3, arbitrary: fc.constantFrom(...others) });
}

const TELLING_BYTES = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  '\x0b',
  '\0',
  ':',
  ';',
  ',',
  '=',
  '"',
  '0',
  '5',
  'f',
  '+',
  '-',
  '_',
  'x',
];

/** Changes one place of a text. */
function damage(): fc.Arbitrary<(text: string) => string> {
  const piece = fc.oneof(
    fc.constantFrom(...TELLING_BYTES),
    fc.nat(255).map((byte) => String.fromCharCode(byte)),
  );
  return fc
    .tuple(fc.constantFrom('insert', 'replace', 'delete', 'double', 'cut'), fc.nat(400), piece)
    .map(([how, where, bytes]) => (text: string) => {
      const at = text.length === 0 ? 0 : where % text.length;
      const [before, after] = [text.slice(0, at), text.slice(at)];
      if (how === 'insert') return before + bytes + after;
      if (how === 'replace') return before + bytes + after.slice(1);
      if (how === 'delete') return before + after.slice(1);
      if (how === 'double') return before + after.slice(0, 1) + after;
      return before;
    });
}
