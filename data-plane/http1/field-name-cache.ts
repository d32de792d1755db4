/** A field name as it is written and in lower case. */
export type FieldName = { readonly name: string; readonly lower: string };

type CachedName = FieldName & { readonly pinned: boolean };

/** Slots; a name may lie in two of them. A name seldom is longer than this; longer ones are not kept. */
const SLOTS = 2048;
const MAX_CACHED_BYTES = 48;

/** Owned by this module, one per thread: written only by `fieldNameAt`, bounded by SLOTS short names. */
const slots: (CachedName | undefined)[] = new Array<CachedName | undefined>(SLOTS).fill(undefined);

/** Start value and step of the hash that scanners compute while they walk over a name. */
export const HASH_START = 7;
export function hashStep(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}

/**
 * The name in `buffer[from,to)`, from the names seen before when possible, which saves creating two strings per field. Common
 * names stay; others give way to newer ones.
 *
 * @param hash `hashStep` over the bytes, from HASH_START
 */
export function fieldNameAt(buffer: Buffer, from: number, to: number, hash: number): FieldName {
  const slot = (hash ^ (hash >>> 11)) & (SLOTS - 1);
  const first = slots[slot];
  if (first !== undefined && spells(first.name, buffer, from, to)) return first;
  const second = slots[slot ^ 1];
  if (second !== undefined && spells(second.name, buffer, from, to)) return second;

  const name = buffer.toString('latin1', from, to);
  const made: CachedName = { name, lower: name.toLowerCase(), pinned: false };
  if (to - from <= MAX_CACHED_BYTES) {
    if (first === undefined || !first.pinned) slots[slot] = made;
    else if (second === undefined || !second.pinned) slots[slot ^ 1] = made;
  }
  return made;
}

function spells(name: string, buffer: Buffer, from: number, to: number): boolean {
  if (name.length !== to - from) return false;
  for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) !== buffer[from + i]) return false;
  return true;
}

const COMMON_NAMES = [
  'Accept Accept-CH Accept-Charset Accept-Encoding Accept-Language Accept-Ranges Access-Control-Allow-Credentials',
  'Access-Control-Allow-Headers Access-Control-Allow-Methods Access-Control-Allow-Origin Access-Control-Expose-Headers',
  'Access-Control-Max-Age Access-Control-Request-Headers Access-Control-Request-Method Age Allow Alt-Svc Authorization',
  'Cache-Control Connection Content-Disposition Content-Encoding Content-Language Content-Length Content-Location',
  'Content-Range Content-Security-Policy Content-Type Cookie DNT Date ETag Expect Expires Forwarded From Host If-Match',
  'If-Modified-Since If-None-Match If-Range If-Unmodified-Since Keep-Alive Last-Modified Link Location Max-Forwards',
  'Origin Pragma Priority Proxy-Authenticate Proxy-Authorization Proxy-Connection Range Referer Referrer-Policy',
  'Retry-After Sec-CH-UA Sec-CH-UA-Mobile Sec-CH-UA-Platform Sec-Fetch-Dest Sec-Fetch-Mode Sec-Fetch-Site',
  'Sec-Fetch-User Sec-WebSocket-Accept Sec-WebSocket-Extensions Sec-WebSocket-Key Sec-WebSocket-Protocol',
  'Sec-WebSocket-Version Server Set-Cookie Strict-Transport-Security TE Trailer Transfer-Encoding Upgrade',
  'Upgrade-Insecure-Requests User-Agent Vary Via WWW-Authenticate X-Content-Type-Options X-Forwarded-For X-Forwarded-Host',
  'X-Forwarded-Proto X-Forwarded-Server X-Frame-Options X-Powered-By X-Real-IP X-Request-ID X-Requested-With traceparent',
]
  .join(' ')
  .split(' ');

for (const common of COMMON_NAMES) {
  for (const name of new Set([common, common.toLowerCase()])) pin(name);
}

function pin(name: string): void {
  let hash = HASH_START;
  for (const byte of Buffer.from(name, 'latin1')) hash = hashStep(hash, byte);
  const slot = (hash ^ (hash >>> 11)) & (SLOTS - 1);
  const free = slots[slot] === undefined ? slot : slot ^ 1;
  // Two neighbours taken: the name still is cached on first use elsewhere or simply made anew.
  if (slots[free] === undefined) slots[free] = { name, lower: name.toLowerCase(), pinned: true };
}
