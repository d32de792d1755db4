import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localConfFiles } from '../../../control-plane/cli/conf-files.ts';

describe('configuration files of this machine', () => {
  let dir: string;

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'penstock-conf-'));
    mkdirSync(join(dir, 'sites', 'deep'), { recursive: true });
    for (const name of ['b.conf', 'a.conf', '.hidden.conf', 'a{x}.conf', 'c.txt', 'deep/d.conf']) {
      writeFileSync(join(dir, 'sites', name), name);
    }
  });

  afterAll(() => rmSync(dir, { recursive: true }));

  const names = (pattern: string) =>
    localConfFiles(dir)
      .glob(pattern)
      .map((path) => path.slice(join(dir, 'sites').length + 1));

  test.each([
    ['sites/*.conf', ['a.conf', 'a{x}.conf', 'b.conf']],
    ['sites/.*.conf', ['.hidden.conf']],
    ['sites/?.conf', ['a.conf', 'b.conf']],
    ['sites/[b-z].*', ['b.conf', 'c.txt']],
    ['sites/[!b].conf', ['a.conf']],
    ['sites/a{x}.conf', ['a{x}.conf']],
    ['s*/d*/*.conf', ['deep/d.conf']],
    ['sites/\\*.conf', []],
    ['nowhere/*.conf', []],
  ])('match %s as httpd does, sorted', (pattern, found) => {
    expect(names(pattern)).toEqual(found);
  });

  test('are read, or the reason is told', () => {
    const files = localConfFiles(dir);
    expect(files.read('sites/a.conf')).toEqual({ text: 'a.conf' });
    expect(files.read('sites/none.conf')).toEqual({ error: 'no such file' });
    expect(files.read('sites')).toEqual({ error: 'is a directory' });
  });

  test('are found relative to the file that includes them', () => {
    const files = localConfFiles(dir);
    expect(files.resolve('sites/a.conf', 'deep/d.conf')).toBe(join(dir, 'sites/deep/d.conf'));
    expect(files.resolve(join(dir, 'sites/a.conf'), '/etc/x')).toBe('/etc/x');
  });
});
