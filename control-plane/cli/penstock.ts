#!/usr/bin/env node
import { keepCompiledCode } from './compile-cache.ts';

keepCompiledCode();
// After that: what is imported above is compiled before anything runs.
const { runCli } = await import('./program.ts');

const { endWithReaders } = await import('./broken-pipe.ts');
endWithReaders([process.stdout, process.stderr]);

process.exitCode = await runCli(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
