import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One kind of load. */
export type Cell = {
  readonly name: string;
  readonly path: string;
  readonly headers: readonly string[];
  /** Path of wrk's script, for what flags can't say. */
  readonly script?: string;
};

/** What a browser sends with every request. */
const BROWSER = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
  'Accept-Language: en-GB,en;q=0.9,de;q=0.8',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Cache-Control: max-age=0',
  'Cookie: session=8f14e45fceea167a5a36dedd4bea2543; theme=dark; consent=a1b2c3d4e5f6',
  'Referer: https://www.example.test/catalogue?page=2&sort=price',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: same-origin',
  'Upgrade-Insecure-Requests: 1',
];

const POST = `
wrk.method = "POST"
wrk.body = string.rep("x", 4096)
wrk.headers["Content-Type"] = "application/octet-stream"
`;

/** The loads measured: small answers with and without a browser's headers, large answers, uploads. */
export function benchCells(): Cell[] {
  const folder = mkdtempSync(join(tmpdir(), 'penstock-wrk-'));
  const script = join(folder, 'post.lua');
  writeFileSync(script, POST);
  return [
    { name: '1k-browser', path: '/1k', headers: BROWSER },
    { name: '1k-bare', path: '/1k', headers: [] },
    { name: '100k-browser', path: '/100k', headers: BROWSER },
    { name: 'post-4k-browser', path: '/1k', headers: BROWSER, script },
  ];
}
