import { afterEach, describe, expect, it } from 'vitest';
import type { CheckTarget } from '../../../../data-plane/agent/health/check-runner.ts';
import type { CheckPlan } from '../../../../data-plane/agent/health/check-scheduler.ts';
import { SYSTEM_CLOCK } from '../../../../data-plane/agent/health/settings.ts';
import { createWorkerChecks, type WorkerChecks } from '../../../../data-plane/agent/health/worker-checks.ts';
import { createScoreboard, openScoreboard } from '../../../../data-plane/scoreboard/scoreboard.ts';
import { eventually } from '../../../support/wait.ts';
import { GET_EVERY_SECOND, modelOf } from './model.ts';

const PROXY_TIMEOUT_MS = 60_000;

describe('checks of workers', () => {
  let checks: WorkerChecks | undefined;

  afterEach(() => checks?.stop());

  /** Targets asked for. */
  function started(check: typeof GET_EVERY_SECOND | undefined, answered: () => Promise<void> = async () => {}) {
    const asked: CheckTarget[] = [];
    const scoreboard = openScoreboard(createScoreboard({ slots: 4, locks: 1, routes: 1 }));
    const [made] = modelOf([{ check }]).workers.values();
    if (made === undefined) throw new Error('one worker was made');
    const request = check && 'GET / HTTP/1.0\r\n\r\n';
    let worker = { ...made, target: { ...made.target, connectTimeoutMs: PROXY_TIMEOUT_MS, request } };
    const running = createWorkerChecks({
      scoreboard,
      worker: () => worker,
      runner: {
        async run(target) {
          asked.push(target);
          await answered();
          return { passed: false, detail: 'connect-timeout' };
        },
        close() {},
      },
      limits: { concurrent: 1, perSecond: 1_000 },
      clock: SYSTEM_CLOCK,
      random: () => 0,
      log: { debug() {}, info() {}, warn() {}, error() {} },
      told: () => 'bad',
      tell() {},
    });
    checks = running;
    return {
      plan: (plan: CheckPlan) => running.plan(worker.key, plan),
      asked,
      status: () => scoreboard.status[worker.slot],
      /** The configuration has it checked otherwise from now on. */
      ask(request: string | undefined): void {
        const { check: _, ...rest } = worker;
        const target = { ...worker.target, request };
        worker = { ...rest, target, check: request === undefined ? undefined : check };
      },
    };
  }

  it('wait for a connection as long as the worker is given', async () => {
    const { plan, asked } = started(GET_EVERY_SECOND);
    plan({ kind: 'check', intervalMs: 1 });
    await eventually('a check', () => asked.length > 0);
    expect(asked[0]).toMatchObject({ connectTimeoutMs: PROXY_TIMEOUT_MS, request: 'GET / HTTP/1.0\r\n\r\n' });
  });

  it.each([
    { change: 'end', request: undefined },
    { change: 'ask something else', request: 'GET /right HTTP/1.0\r\n\r\n' },
  ])('under way while they $change find nothing', async ({ request }) => {
    const waiting: (() => void)[] = [];
    const { plan, asked, status, ask } = started(GET_EVERY_SECOND, () => new Promise((done) => waiting.push(done)));
    plan({ kind: 'check', intervalMs: 1 });
    await eventually('a check', () => waiting.length > 0);
    ask(request);
    waiting.shift()?.();
    await eventually('the next one', () => waiting.length > 0);
    expect(asked[1]).toMatchObject({ request });
    expect(status()).toBe(0);
  });

  it('that are mere probes wait two seconds, lest hosts that are gone hold up the others', async () => {
    const { plan, asked } = started(undefined);
    plan({ kind: 'probe', intervalMs: 1, maxIntervalMs: 5 });
    await eventually('a probe', () => asked.length > 0);
    expect(asked[0]).toMatchObject({ connectTimeoutMs: 2_000, request: undefined });
  });
});
