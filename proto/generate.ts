/**
 * Generates proto/gen/ from proto/*.proto with pbjs: encode and decode only, as one ES module with its types.
 *
 *     node proto/generate.ts            writes proto/gen/
 *     node proto/generate.ts --check    exits 1 if proto/gen/ is not what the .proto files give
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCES = ['definition.proto', 'snapshot.proto', 'node.proto', 'health.proto'];

const OPTIONS = [
  ...['--target', 'static-module', '--wrap', 'esm', '--root', 'penstock'],
  // Node resolves a file of a CommonJS package by its whole name only.
  ...['--dependency', 'protobufjs/minimal.js'],
  ...['--no-create', '--no-verify', '--no-convert', '--no-delimited', '--no-typeurl', '--no-service'],
  // 64-bit fields as Long, which the codec turns into bigint or a checked number; absent fields as null.
  ...['--force-long', '--null-semantics'],
];

const folder = fileURLToPath(new URL('.', import.meta.url));
const generated = join(folder, 'gen');
const pbjs = createRequire(import.meta.url).resolve('protobufjs-cli/bin/pbjs');

function run(options: readonly string[], out: string): void {
  const args = [pbjs, ...OPTIONS, ...options, '--path', folder, '--out', out, ...SOURCES];
  execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** File name to content. */
function generate(): ReadonlyMap<string, string> {
  const scratch = mkdtempSync(join(tmpdir(), 'penstock-proto-'));
  try {
    // Two runs, because pbjs takes the types from the comments that the module need not carry.
    run(['--no-comments'], join(scratch, 'bare.js'));
    run(['--dts'], join(scratch, 'typed.js'));
    const note = '// Generated from proto/*.proto by `npm run proto`; not edited by hand.\n';
    const code = readFileSync(join(scratch, 'bare.js'), 'utf8');
    const types = readFileSync(join(scratch, 'typed.d.ts'), 'utf8');
    return new Map([
      ['penstock.js', note + narrowIndent(code)],
      ['penstock.d.ts', note + narrowIndent(types.replace(/^ *\/\*\*[\s\S]*?\*\/\n/gm, '').replace(/\n{2,}/g, '\n'))],
    ]);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Indentation is most of what pbjs writes. */
function narrowIndent(text: string): string {
  return text.replace(/^ +/gm, (blanks) => ' '.repeat(Math.ceil(blanks.length / 4)));
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(join(generated, file), 'utf8');
  } catch {
    return undefined;
  }
}

const files = generate();
if (process.argv.includes('--check')) {
  const stale = [...files].filter(([file, content]) => contentOf(file) !== content).map(([file]) => file);
  if (stale.length > 0) {
    console.error(`proto/gen is not what proto/*.proto give (${stale.join(', ')}); run "npm run proto" and commit`);
    process.exitCode = 1;
  }
} else {
  mkdirSync(generated, { recursive: true });
  for (const [file, content] of files) writeFileSync(join(generated, file), content);
}
