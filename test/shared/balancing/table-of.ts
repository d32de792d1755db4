import type { ElectionBalancer, ElectionMember } from '#shared/balancing/balancing.ts';
import { createWorkerTable, type WorkerTable } from '#shared/balancing/worker-table.ts';
import { applyStatus, parseStatus, WorkerStatus } from '#shared/definition/worker-status.ts';

export const NOW_MS = 1_700_000_000_000;

/** A member for tests: `status` are letters as in `status=`; INITIALIZED is set. */
export type TestMember = Partial<Omit<ElectionMember, 'slot' | 'url'>> & { readonly status?: string };

/** A balancer with default parameters and its rows: member `i` is in slot `i`. */
export function balancerOf(
  members: readonly TestMember[],
  parameters: Partial<Omit<ElectionBalancer, 'members'>> = {},
): { balancer: ElectionBalancer; table: WorkerTable } {
  const table = createWorkerTable(members.length);
  members.forEach(({ status = '' }, slot) => {
    table.status[slot] = WorkerStatus.INITIALIZED | bits(status);
  });
  const balancer: ElectionBalancer = {
    id: 'test',
    lbmethod: 'byrequests',
    maxattempts: Math.max(0, members.length - 1),
    timeoutMs: 0,
    stickysession: undefined,
    stickysessionsep: '.',
    scolonpathdelim: false,
    nofailover: false,
    failonstatus: new Set(),
    failontimeout: false,
    forcerecovery: true,
    ...parameters,
    members: members.map(({ status: _, ...member }, slot) => ({
      slot,
      url: `http://w${slot}.test`,
      lbfactor: 100,
      lbset: 0,
      route: '',
      redirect: '',
      retryMs: 60_000,
      ...member,
    })),
  };
  return { balancer, table };
}

/** Status bits of letters, without INITIALIZED. */
export function bits(letters: string): number {
  if (letters === '') return 0;
  const change = parseStatus(letters);
  if ('error' in change) throw new Error(change.error);
  return applyStatus(0, change);
}

/** Sets or clears (`+D`, `-D`) flags of a row. */
export function flag(table: WorkerTable, slot: number, change: string): void {
  const parsed = parseStatus(change);
  if ('error' in parsed) throw new Error(parsed.error);
  table.status[slot] = applyStatus(table.status[slot] ?? 0, parsed);
}
