import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { image } from './images.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const NAME = 'penstock-test/penstock:nodes';

let built: Promise<string> | undefined;

/** Name of the product's image, built of this checkout. The engine must answer (`ensureDockerEngine`). */
export function productImage(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const base = await image('node');
  await promisify(execFile)('docker', ['build', '--quiet', '--build-arg', `NODE_IMAGE=${base}`, '--tag', NAME, ROOT], {
    maxBuffer: 16 * 1024 * 1024,
  });
  return NAME;
}
