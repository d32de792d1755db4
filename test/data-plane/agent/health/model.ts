import type { HealthCheck } from '#shared/health/health-check.ts';
import type { HealthBalancer, HealthModel, HealthWorker } from '../../../../data-plane/agent/health/health-model.ts';

export type TestMember = Partial<Pick<HealthWorker, 'lbset' | 'lbfactor' | 'incarnation' | 'flags' | 'check'>>;

/** A model of one balancer, whose members stand in rows 0, 1, …, as `http://w1`, `http://w2`, …. */
export function modelOf(members: readonly TestMember[], balancer: Partial<HealthBalancer> = {}): HealthModel {
  const id = balancer.id ?? 'app';
  const workers = members.map(
    ({ lbset = 0, lbfactor = 100, incarnation = 1, flags = 1, check }, slot): HealthWorker => {
      const url = `http://w${slot + 1}`;
      const target = { host: `w${slot + 1}`, port: 80, connectTimeoutMs: 1_000, timeoutMs: 1_000, request: undefined };
      return { key: `${id} ${url}`, balancer: id, url, slot, incarnation, lbset, lbfactor, flags, check, target };
    },
  );
  const whole: HealthBalancer = {
    heedsVerdicts: true,
    panic: 50,
    lbmethod: 'byrequests',
    fleetbalance: false,
    ...balancer,
    id,
    members: workers,
  };
  return { balancers: new Map([[id, whole]]), workers: new Map(workers.map((worker) => [worker.key, worker])) };
}

export const GET_EVERY_SECOND: HealthCheck = { method: 'GET', intervalMs: 1_000, passes: 1, fails: 1, uri: '/' };
