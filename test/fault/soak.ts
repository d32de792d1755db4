/**
 * One million requests while a backend is killed and revived every second.
 *
 *   npm run soak -- [--requests 1000000] [--threads 2] [--seed 1]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { soak } from './soak-bed.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000000' },
    threads: { type: 'string', default: String(availableParallelism()) },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});

console.log(`seed ${values.seed}`);
const started = performance.now();
const { faults, seen } = await soak({
  requests: Number(values.requests),
  wrkSeconds: 30,
  threads: Number(values.threads),
  seed: Number(values.seed),
  progress: (line) => console.log(`${((performance.now() - started) / 1000).toFixed(0)} s: ${line}`),
});
for (const line of seen) console.log(line);
for (const fault of faults) console.log(`FAULT: ${fault}`);
console.log(faults.length === 0 ? 'all accounts agree' : `${faults.length} faults (seed ${values.seed})`);
process.exitCode = faults.length === 0 ? 0 : 1;
