import { describe, expect, it } from 'vitest';
import type { Balancer } from '#shared/definition/balancer.ts';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import type { Override } from '#shared/definition/override.ts';
import { statusWords, WorkerStatus } from '#shared/definition/worker-status.ts';
import { emptyPlacement, type Placement, placeRoll } from '../../../data-plane/agent/placement.ts';
import { routeRollOf } from '../../../data-plane/agent/route-roll.ts';
import { adjustCredit, writeRows, writeVerdicts } from '../../../data-plane/agent/row-writer.ts';
import { rollOf } from '../../../data-plane/agent/worker-roll.ts';
import { createScoreboard, openScoreboard } from '../../../data-plane/scoreboard/scoreboard.ts';

const { IN_ERROR, HC_FAIL, DISABLED, DRAIN } = WorkerStatus;
const CAPACITY = { slots: 8, locks: 4 };
const A = 'http://a';
const B = 'http://b';
const C = 'http://c';
const THREE = [A, B, C].map((url) => ({ url, parameters: {} }));

type Change = { balancer?: Partial<Balancer>; override?: Override['parameters'] };

/** A scoreboard that goes from configuration to configuration. */
function bed() {
  const board = openScoreboard(createScoreboard(CAPACITY));
  let placement: Placement = emptyPlacement(CAPACITY);
  let generation = 0;
  return {
    board,
    slot: (url: string) => placement.slots.live.get(`app ${url}`)?.slot ?? -1,
    words: (url: string) => statusWords(board.status[placement.slots.live.get(`app ${url}`)?.slot ?? -1] ?? 0),
    async change({ balancer, override }: Change): Promise<void> {
      const members = [A, B].map((url) => ({ url, parameters: {} }));
      const definition = { ...EMPTY_DEFINITION, balancers: [{ name: 'app', parameters: {}, members, ...balancer }] };
      const act = override && { balancer: 'app', worker: A, parameters: override, actor: 'ada', sinceMs: generation };
      const roll = rollOf(definition, act ? [act] : [], placement.roll);
      const placed = placeRoll(placement, roll, routeRollOf(definition), ++generation);
      if (placed.kind === 'full') throw new Error(placed.text);
      await writeRows(board, { ...placed, from: placement, to: placed.placement });
      placement = placed.placement;
    },
  };
}

describe('row writer', () => {
  it('starts new rows with the configured flags, E and C included', async () => {
    const { change, words } = bed();
    await change({
      balancer: {
        members: [
          { url: A, parameters: { status: 'EH' } },
          { url: B, parameters: { status: 'C' } },
        ],
      },
    });
    expect([words(A), words(B)]).toEqual(['Init Err Stby', 'Init HcFl']);
  });

  it("takes over the operator's flags and keeps what the node found out and counted", async () => {
    const { board, change, slot, words } = bed();
    await change({});
    board.status[slot(A)] = (board.status[slot(A)] ?? 0) | IN_ERROR;
    board.errorTimeMs[slot(A)] = 5;
    board.requests[slot(A)] = 7n;
    await change({ override: { status: { set: DISABLED | DRAIN, clear: 0 } } });
    expect(words(A)).toBe('Init Drn Dis Err');
    expect([board.errorTimeMs[slot(A)], board.requests[slot(A)]]).toEqual([5, 7n]);
    await change({});
    expect(words(A)).toBe('Init Err');
  });

  it('lets an operator clear E once: a later failure counts again', async () => {
    const { board, change, slot, words } = bed();
    await change({});
    board.status[slot(A)] = (board.status[slot(A)] ?? 0) | IN_ERROR;
    board.errorTimeMs[slot(A)] = 5;
    await change({ override: { status: { set: 0, clear: IN_ERROR } } });
    expect([words(A), board.errorTimeMs[slot(A)]]).toEqual(['Init Ok', 0]);
    board.status[slot(A)] = (board.status[slot(A)] ?? 0) | IN_ERROR;
    await change({ override: { status: { set: 0, clear: IN_ERROR } } });
    expect(words(A)).toBe('Init Err');
  });

  it('does not let an operator set E, also on a row that is new', async () => {
    const { change, words } = bed();
    await change({ override: { status: { set: IN_ERROR, clear: 0 } } });
    expect(words(A)).toBe('Init Ok');
    await change({ override: { status: { set: IN_ERROR | DISABLED, clear: 0 } } });
    expect(words(A)).toBe('Init Dis');
  });

  it('lets an operator set C, and takes it back with the act', async () => {
    const { change, words } = bed();
    await change({});
    await change({ override: { status: { set: HC_FAIL, clear: 0 } } });
    expect(words(A)).toBe('Init HcFl');
    await change({});
    expect(words(A)).toBe('Init Ok');
  });

  it('sets C on a row that lives on when it is configured, once, and takes it back with the configuration', async () => {
    const { board, change, slot, words } = bed();
    const configured = (parameters: Balancer['members'][number]['parameters']) =>
      change({ balancer: { members: [{ url: A, parameters: { status: 'C', ...parameters } }] } });
    await change({});
    await configured({});
    expect(words(A)).toBe('Init HcFl');
    // Its checks pass.
    board.status[slot(A)] = (board.status[slot(A)] ?? 0) & ~HC_FAIL;
    await configured({ lbset: 1 });
    expect(words(A)).toBe('Init Ok');
    await configured({ status: '' });
    await configured({});
    await change({});
    expect(words(A)).toBe('Init Ok');
  });

  it('gives every member its weight as credit when a weight changes', async () => {
    const { board, change, slot } = bed();
    await change({});
    await change({ override: { loadfactor: 3 } });
    expect([board.lbstatus[slot(A)], board.lbstatus[slot(B)]]).toEqual([300, 100]);
  });

  it('leaves credit alone when nothing about the weights or members changes', async () => {
    const { board, change, slot } = bed();
    await change({});
    board.lbstatus[slot(A)] = 42;
    await change({ override: { status: { set: DISABLED, clear: 0 } } });
    expect(board.lbstatus[slot(A)]).toBe(42);
  });

  it('keeps credit when a member joins, as httpd does', async () => {
    const { board, change, slot } = bed();
    await change({});
    board.lbstatus[slot(A)] = -100;
    await change({ balancer: { members: THREE } });
    expect([board.lbstatus[slot(A)], board.lbstatus[slot(C)]]).toEqual([-100, 0]);
  });

  it.each([
    { from: 'byrequests', to: 'bybusyness', lbstatus: 0, transferred: 9n },
    { from: 'byrequests', to: 'bytraffic', lbstatus: 42, transferred: 0n },
    { from: 'bytraffic', to: 'byrequests', lbstatus: 0, transferred: 9n },
  ] as const)('starts $to afresh after $from: credit $lbstatus, traffic $transferred', async (row) => {
    const { board, change, slot } = bed();
    await change({ balancer: { parameters: { lbmethod: row.from } } });
    board.lbstatus[slot(A)] = 42;
    board.transferred[slot(A)] = 9n;
    await change({ balancer: { parameters: { lbmethod: row.to } } });
    expect([board.lbstatus[slot(A)], board.transferred[slot(A)]]).toEqual([row.lbstatus, row.transferred]);
  });

  it('restarts traffic when a bytraffic balancer gets a member; totals go on', async () => {
    const { board, change, slot } = bed();
    const parameters = { lbmethod: 'bytraffic' } as const;
    await change({ balancer: { parameters } });
    board.transferred[slot(A)] = 9n;
    board.bytesOut[slot(A)] = 9n;
    await change({ balancer: { parameters, members: THREE } });
    expect([board.transferred[slot(A)], board.bytesOut[slot(A)]]).toEqual([0n, 9n]);
  });

  it('waits for a lock another holds without stopping the event loop', async () => {
    const { board, change, slot, words } = bed();
    await change({});
    board.lock(0, 1);
    const changing = change({ override: { status: { set: DISABLED, clear: 0 } } });
    await new Promise((resolve) => setImmediate(resolve));
    expect(words(A)).toBe('Init Ok');
    board.unlock(0, 1);
    await changing;
    expect(board.status[slot(A)]).toBe(WorkerStatus.INITIALIZED | DISABLED);
    expect(board.tryLock(0, 1)).toBe(true);
  });

  it("keeps the fleet's verdict across changes, beside what the node found out and the operator said", async () => {
    const { board, change, slot, words } = bed();
    await change({});
    board.status[slot(A)] = (board.status[slot(A)] ?? 0) | IN_ERROR;
    await writeVerdicts(board, 0, () => [slot(A), slot(B)], true);
    await change({ override: { status: { set: DRAIN, clear: 0 } } });
    expect([words(A), words(B)]).toEqual(['Init Drn Err Down', 'Init Down']);
    await writeVerdicts(board, 0, () => [slot(A)], false);
    expect([words(A), words(B)]).toEqual(['Init Drn Err', 'Init Down']);
  });

  it('adds to the credit of members and leaves their status alone', async () => {
    const { board, change, slot } = bed();
    await change({});
    board.lbstatus[slot(A)] = 40;
    await adjustCredit(board, 0, () => [
      [slot(A), -100],
      [slot(B), 100],
    ]);
    expect([board.lbstatus[slot(A)], board.lbstatus[slot(B)]]).toEqual([-60, 100]);
  });
});
