/**
 * Replays every vector against the apache2 of this machine: the check of the test bed itself, and the way to see what a newer
 * httpd answers. Usage: node test/conformance/replay-httpd.ts [name…]
 */
import { describe } from './compare.ts';
import { startHttpd } from './httpd-gateway.ts';
import { replay } from './replay.ts';
import { loadVectors } from './vector.ts';

const CONCURRENT = 6;

const names = process.argv.slice(2);
const vectors = loadVectors().filter(({ name }) => names.length === 0 || names.includes(name));
const queue = [...vectors];
let differing = 0;

async function work(): Promise<void> {
  for (let vector = queue.shift(); vector !== undefined; vector = queue.shift()) {
    try {
      const mismatches = await replay(vector, startHttpd);
      if (mismatches.length === 0) continue;
      differing++;
      console.log(`${vector.name} differs:`);
      for (const mismatch of mismatches.slice(0, 6)) console.log(`  ${describe(mismatch)}`);
    } catch (err) {
      differing++;
      console.log(`${vector.name} failed: ${(err as Error).stack}`);
    }
  }
}

await Promise.all(Array.from({ length: CONCURRENT }, work));
console.log(`${vectors.length - differing} of ${vectors.length} vectors replay as recorded`);
process.exitCode = differing === 0 ? 0 : 1;
