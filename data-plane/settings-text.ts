import { readFileSync } from 'node:fs';
import { readTrustedKeys, type TrustedKey } from '#shared/snapshot/signature.ts';
import { type ListenMapping, parseListenMapping } from './agent/listen-map.ts';
import type { NodeOptions, StatusAddress } from './config.ts';

/** Settings as people write them: on the command line or in the environment. */
export type NodeTexts = {
  /** `FROM=TO`. */
  readonly listen?: readonly string[];
  /** `name=value`. */
  readonly label?: readonly string[];
  /** `HOST:PORT`. */
  readonly status?: string;
  /** PEM files of public keys. */
  readonly trustKey?: readonly string[];
  /** Base URLs. */
  readonly poll?: readonly string[];
  /** File with the access token for polling. */
  readonly pollTokenFile?: string;
};

/** Reads them; everything that is wrong goes to `mistakes`. */
export function readNodeTexts(
  texts: NodeTexts,
  mistakes: string[],
): Pick<NodeOptions, 'listen' | 'labels' | 'status' | 'trustedKeys' | 'poll'> {
  const status = texts.status === undefined ? undefined : statusAddress(texts.status, mistakes);
  return {
    listen: (texts.listen ?? []).flatMap((text) => listenMapping(text, mistakes)),
    labels: labelsOf(texts.label ?? [], mistakes),
    ...(status === undefined ? {} : { status }),
    trustedKeys: (texts.trustKey ?? []).flatMap((file) => keysIn(file, mistakes)),
    poll: {
      urls: (texts.poll ?? []).filter((url) => isHttpUrl(url, mistakes)),
      ...tokenIn(texts.pollTokenFile, mistakes),
    },
  };
}

function listenMapping(text: string, mistakes: string[]): ListenMapping[] {
  const mapping = parseListenMapping(text);
  if (!('error' in mapping)) return [mapping];
  mistakes.push(`--listen ${mapping.error}`);
  return [];
}

function labelsOf(texts: readonly string[], mistakes: string[]): Record<string, string> {
  const labels = new Map<string, string>();
  for (const text of texts) {
    const [, name, value] = /^([A-Za-z0-9._/-]{1,64})=(\S{1,256})$/.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      mistakes.push(`--label "${text}": want NAME=VALUE without blanks, like zone=eu-1a`);
    } else if (labels.has(name)) mistakes.push(`--label ${name} is given twice`);
    else labels.set(name, value);
  }
  return Object.fromEntries(labels);
}

function statusAddress(text: string, mistakes: string[]): StatusAddress | undefined {
  const parts = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<plain>[^:[\]\s]+)):(?<port>\d{1,5})$/.exec(text)?.groups;
  const host = parts?.v6 ?? parts?.plain;
  const port = Number(parts?.port);
  if (host !== undefined && port <= 65_535) return { host, port };
  mistakes.push(`--status "${text}": want HOST:PORT, like 127.0.0.1:7401`);
  return undefined;
}

function keysIn(file: string, mistakes: string[]): readonly TrustedKey[] {
  const pem = readText('--trust-key', file, mistakes);
  if (pem === undefined) return [];
  try {
    return readTrustedKeys(pem, file);
  } catch (err) {
    mistakes.push(`--trust-key ${(err as Error).message}`);
    return [];
  }
}

function isHttpUrl(text: string, mistakes: string[]): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '') return true;
  // Not the text: it may hold a password.
  mistakes.push(`--poll: want http://HOST:PORT or https://HOST:PORT of a control plane, without user and password`);
  return false;
}

function tokenIn(file: string | undefined, mistakes: string[]): { readonly token?: string } {
  const token = file === undefined ? undefined : readText('--poll-token-file', file, mistakes);
  return token === undefined ? {} : { token: token.trim() };
}

function readText(flag: string, file: string, mistakes: string[]): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (err) {
    const { code, message } = err as NodeJS.ErrnoException;
    mistakes.push(`${flag} ${file} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : message}`);
    return undefined;
  }
}
