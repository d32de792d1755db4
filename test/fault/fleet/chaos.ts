/**
 * Kills anything in a fleet while random edits are made: `node test/fault/fleet/chaos.ts [--edits 1000] [--seed N] [--runs 1]
 * [--message-faults 0.2] [--kill-every 1500]`. Ends with 1 when something doesn't hold.
 */
import { parseArgs } from 'node:util';
import { chaosRun } from './chaos-run.ts';

const { values } = parseArgs({
  options: {
    edits: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    runs: { type: 'string', default: '1' },
    'message-faults': { type: 'string', default: '0.2' },
    'kill-every': { type: 'string', default: '1500' },
  },
});

for (let run = 0; run < Number(values.runs); run++) {
  const seed = Number(values.seed) + run;
  console.log(`chaos: --seed ${seed} --edits ${values.edits}`);
  const { faults, revision, kills } = await chaosRun({
    edits: Number(values.edits),
    seed,
    messageFaults: Number(values['message-faults']),
    killEveryMs: Number(values['kill-every']),
    progress: (line) => console.log(`  ${line}`),
  });
  console.log(`  revision ${revision}, killed ${JSON.stringify(kills)}`);
  for (const fault of faults) console.log(`  FAULT ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}
