import { describe, expect, it } from 'vitest';
import { WorkerStatus } from '#shared/definition/worker-status.ts';
import { NO_VERDICTS } from '../../../../data-plane/agent/health/held-verdicts.ts';
import { createVerdictApplier } from '../../../../data-plane/agent/health/verdict-applier.ts';
import { eventually } from '../../../support/wait.ts';
import { modelOf } from './model.ts';

const WORKERS = 1_000;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

describe('verdicts of a balancer of a thousand workers', () => {
  const model = modelOf(Array.from({ length: WORKERS }, () => ({})));
  const workers = [...model.workers.values()];
  const verdict = (url: string) => ({ balancer: 'app', worker: url, zones: [], reason: '', since: 1 });
  const verdicts = new Map(workers.slice(0, 400).map(({ key, url }) => [key, verdict(url)]));

  it('are looked through a few times, not once for each worker that fails', async () => {
    const status = new Int32Array(WORKERS).fill(WorkerStatus.INITIALIZED);
    let looks = 0;
    const applier = createVerdictApplier({
      model: () => model,
      held: () => ({ ...NO_VERDICTS, state: 'fresh', verdicts }),
      statusOf({ slot }) {
        looks++;
        return status[slot] ?? 0;
      },
      async setFleetDown(changed, down) {
        for (const { url } of changed) {
          const slot = Number(url.slice('http://w'.length)) - 1;
          const bits = (status[slot] ?? 0) & ~WorkerStatus.FLEET_DOWN;
          status[slot] = down ? bits | WorkerStatus.FLEET_DOWN : bits;
        }
      },
      log: silent,
    });
    const isDown = (slot: number) => ((status[slot] ?? 0) & WorkerStatus.FLEET_DOWN) !== 0;
    applier.apply(['app']);
    await eventually('verdicts', () => isDown(399));
    looks = 0;
    for (let slot = 400; slot < 900; slot++) {
      status[slot] = (status[slot] ?? 0) | WorkerStatus.IN_ERROR;
      applier.ownExperience('app');
    }
    // Of 500 workers without E only 100 would be left: panic.
    await eventually('panic', () => !isDown(0));
    await applier.stop();
    expect(looks).toBeLessThan(20 * WORKERS);
  });
});
