import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LOG_CODES } from '#shared/log-codes.ts';

const root = new URL('../../', import.meta.url).pathname;

/** Codes written in the sources of both planes. */
function codesInSources(): Set<string> {
  const files = ['control-plane', 'data-plane'].flatMap((plane) =>
    readdirSync(join(root, plane), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(root, plane, file)),
  );
  return new Set(files.flatMap((file) => readFileSync(file, 'utf8').match(/(?<=')(?:CP|DP)\d{4}(?=')/g) ?? []));
}

describe('log codes', () => {
  it('lists every code that is logged, and no other', () => {
    expect([...codesInSources()].toSorted()).toEqual(Object.keys(LOG_CODES).toSorted());
  });
});
