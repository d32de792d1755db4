import { describe, expect, test } from 'vitest';
import type { ElectionBalancer } from '#shared/balancing/balancing.ts';
import { electByMethod } from '#shared/balancing/election.ts';
import { addLbstatus, createWorkerTable, type WorkerTable } from '#shared/balancing/worker-table.ts';
import { WorkerStatus } from '#shared/definition/worker-status.ts';
import type { FleetTraffic } from '#shared/health/health-frame.ts';
import {
  expireTraffic,
  type FleetTrafficState,
  NO_TRAFFIC,
  type ReadTrafficRow,
  takeTraffic,
} from '../../../../data-plane/agent/health/fleet-traffic.ts';
import { modelOf } from './model.ts';

type Method = 'byrequests' | 'bytraffic';

/** Nodes with tables of their own that balance one balancer, and the fleet's totals of them. */
class Fleet {
  readonly model;
  readonly nodes: { readonly table: WorkerTable; traffic: FleetTrafficState }[];
  readonly #election: ElectionBalancer;
  readonly #factors: readonly number[];
  readonly #sizes: readonly number[];
  nowMs = 0;

  constructor(nodes: number, lbmethod: Method, factors: readonly number[], sizes = factors.map(() => 1_000)) {
    this.#factors = factors;
    this.#sizes = sizes;
    this.model = modelOf(
      factors.map((lbfactor) => ({ lbfactor })),
      { fleetbalance: true, lbmethod },
    );
    this.#election = {
      id: 'app',
      lbmethod,
      forcerecovery: true,
      members: factors.map((lbfactor, slot) => {
        return { slot, url: `http://w${slot + 1}`, lbfactor, lbset: 0, route: '', redirect: '', retryMs: 1e9 };
      }),
    } as unknown as ElectionBalancer;
    this.nodes = Array.from({ length: nodes }, () => {
      const table = createWorkerTable(factors.length);
      table.status.fill(WorkerStatus.INITIALIZED);
      return { table, traffic: NO_TRAFFIC };
    });
  }

  table(node: number): WorkerTable {
    const found = this.nodes[node];
    if (found === undefined) throw new Error(`no node ${node}`);
    return found.table;
  }

  serve(node: number, requests: number): void {
    const table = this.table(node);
    for (let n = 0; n < requests; n++) {
      const slot = electByMethod(this.#election, table, this.nowMs);
      table.transferred[slot] = (table.transferred[slot] ?? 0n) + BigInt(this.#sizes[slot] ?? 0);
    }
  }

  /** All nodes get the totals as they are now. */
  frame(): void {
    this.nowMs += 1_000;
    const message: FleetTraffic = {
      fleet: 'f',
      periodMs: 1_000,
      workers: this.#factors.map((_, slot) => ({
        balancer: 'app',
        worker: `http://w${slot + 1}`,
        elected: BigInt(this.elected(slot)),
        bytes: BigInt(this.bytes(slot)),
      })),
    };
    for (const node of this.nodes) {
      const taken = takeTraffic(node.traffic, message, this.model, this.#read(node.table), this.nowMs);
      node.traffic = taken.state;
      for (const { url, credit } of taken.effects.credits) {
        addLbstatus(node.table, Number(url.slice('http://w'.length)) - 1, credit);
      }
      for (const [slot, bytes] of taken.effects.othersTraffic) node.table.othersTraffic[slot] = BigInt(bytes);
    }
  }

  #read(table: WorkerTable): ReadTrafficRow {
    return ({ slot }) => ({
      status: table.status[slot] ?? 0,
      lbstatus: table.lbstatus[slot] ?? 0,
      elected: table.elected[slot] ?? 0,
      bytes: Number(table.transferred[slot]),
      counted: Number(table.transferred[slot]) + Number(table.read[slot]),
    });
  }

  elected(slot: number): number {
    return this.nodes.reduce((sum, { table }) => sum + (table.elected[slot] ?? 0), 0);
  }

  bytes(slot: number): number {
    return this.nodes.reduce((sum, { table }) => sum + Number(table.transferred[slot]), 0);
  }

  /** How far the worst worker is from its share of the fleet's total. */
  worst(of: (slot: number) => number): number {
    const total = this.#factors.reduce((sum, _, slot) => sum + of(slot), 0);
    const weight = this.#factors.reduce((sum, factor) => sum + factor, 0);
    return Math.max(...this.#factors.map((factor, slot) => Math.abs(of(slot) - (total * factor) / weight)));
  }
}

describe('balancing over the fleet by requests', () => {
  test('holds the loadfactors with 90 % of the traffic at one node', () => {
    const fleet = new Fleet(2, 'byrequests', [100, 200, 300]);
    fleet.frame();
    for (let period = 0; period < 50; period++) {
      fleet.serve(0, 90);
      fleet.serve(1, 10);
      fleet.frame();
    }
    expect(fleet.worst((slot) => fleet.elected(slot))).toBeLessThanOrEqual(6);
  });

  test('makes up on one node for what another cannot reach', () => {
    const fleet = new Fleet(2, 'byrequests', [100, 200]);
    fleet.table(0).status[1] = WorkerStatus.INITIALIZED | WorkerStatus.HC_FAIL;
    fleet.frame();
    for (let period = 0; period < 60; period++) {
      fleet.serve(0, 20);
      fleet.serve(1, 60);
      fleet.frame();
    }
    // Each node for itself would give the first worker 40 of 80 requests instead of 27: 800 too many in all.
    expect(fleet.worst((slot) => fleet.elected(slot))).toBeLessThan(60);
  });

  test('spreads the few requests of many nodes, each of which alone would begin with the first worker', () => {
    const fleet = new Fleet(100, 'byrequests', [100, 100, 100, 100]);
    fleet.frame();
    for (let period = 0; period < 12; period++) {
      for (let node = 0; node < 100; node++) if ((node + period) % 4 === 0) fleet.serve(node, 1);
      fleet.frame();
    }
    expect(fleet.elected(3)).toBeGreaterThan(0);
    expect(fleet.worst((slot) => fleet.elected(slot))).toBeLessThanOrEqual(50);
  });

  test('is what httpd does where no other node serves', () => {
    const together = new Fleet(2, 'byrequests', [100, 300]);
    const alone = new Fleet(1, 'byrequests', [100, 300]);
    for (let period = 0; period < 20; period++) {
      for (const fleet of [together, alone]) {
        fleet.serve(0, 7);
        fleet.frame();
      }
    }
    expect([...together.table(0).elected]).toEqual([...alone.table(0).elected]);
    expect([...together.table(0).lbstatus]).toEqual([...alone.table(0).lbstatus]);
  });

  test('gives every worker its turn again soon, whatever others did', () => {
    const fleet = new Fleet(2, 'byrequests', [100, 100]);
    fleet.frame();
    fleet.table(0).status[1] = WorkerStatus.DISABLED;
    for (let period = 0; period < 100; period++) {
      fleet.serve(0, 1_000);
      fleet.serve(1, 10);
      fleet.frame();
    }
    const before = fleet.table(1).elected[0] ?? 0;
    fleet.serve(1, 200);
    expect((fleet.table(1).elected[0] ?? 0) - before).toBeGreaterThan(0);
  });

  test('begins anew with a row that is new, and with totals that went back', () => {
    const fleet = new Fleet(2, 'byrequests', [100, 100]);
    fleet.serve(0, 50);
    fleet.table(0).status[1] = WorkerStatus.DISABLED;
    fleet.serve(0, 50);
    fleet.frame();
    expect([...fleet.table(1).lbstatus]).toEqual([0, 0]);
    fleet.table(0).elected.fill(0);
    fleet.frame();
    expect([...fleet.table(1).lbstatus]).toEqual([0, 0]);
  });
});

describe('balancing over the fleet by traffic', () => {
  test('holds the loadfactors with 90 % of the requests at one node and answers of different sizes', () => {
    const fleet = new Fleet(2, 'bytraffic', [100, 200, 300], [500, 1_000, 5_000]);
    fleet.frame();
    for (let period = 0; period < 50; period++) {
      fleet.serve(0, 90);
      fleet.serve(1, 10);
      fleet.frame();
    }
    expect(fleet.worst((slot) => fleet.bytes(slot))).toBeLessThan(30_000);
  });

  test('makes up on one node for what another cannot reach', () => {
    const fleet = new Fleet(2, 'bytraffic', [100, 100]);
    fleet.frame();
    for (let period = 0; period < 40; period++) {
      fleet.table(0).status[1] = WorkerStatus.INITIALIZED | (period < 2 ? WorkerStatus.HC_FAIL : 0);
      fleet.serve(0, 20);
      fleet.serve(1, 20);
      fleet.frame();
    }
    expect(fleet.worst((slot) => fleet.bytes(slot))).toBeLessThan(25_000);
  });

  test('counts nobody else again when frames stop', () => {
    const fleet = new Fleet(2, 'bytraffic', [100, 100]);
    fleet.frame();
    fleet.serve(0, 20);
    fleet.frame();
    const [, node] = fleet.nodes;
    if (node === undefined) throw new Error('no second node');
    expect(node.table.othersTraffic.some((bytes) => bytes > 0n)).toBe(true);
    expect(expireTraffic(node.traffic, fleet.model, fleet.nowMs + 2_999).effects.othersTraffic).toEqual([]);
    const expired = expireTraffic(node.traffic, fleet.model, fleet.nowMs + 3_000);
    expect(expired.effects.othersTraffic).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(expireTraffic(expired.state, fleet.model, fleet.nowMs + 9_000).effects.othersTraffic).toEqual([]);
  });

  describe('of several balancers', () => {
    const [app, shop] = ['app', 'shop'].map((id) => modelOf([{}], { id, lbmethod: 'bytraffic', fleetbalance: true }));
    if (app === undefined || shop === undefined) throw new Error('two models were made');
    // The second one's worker has another row.
    const workers = new Map([...shop.workers].map(([key, worker]) => [key, { ...worker, slot: 1 }]));
    const balancers = [...shop.balancers].map(([id, one]) => [id, { ...one, members: [...workers.values()] }] as const);
    const both = {
      balancers: new Map([...app.balancers, ...balancers]),
      workers: new Map([...app.workers, ...workers]),
    };
    const read = () => ({ status: 1, lbstatus: 0, elected: 0, bytes: 0, counted: 0 });
    const frame = (balancer: string, bytes: bigint) => ({
      fleet: 'f',
      periodMs: 1_000,
      workers: [{ balancer, worker: 'http://w1', elected: 1n, bytes }],
    });

    test('goes on where each has a message of its own', () => {
      let state = NO_TRAFFIC;
      const seen: (readonly [slot: number, bytes: number])[] = [];
      for (const bytes of [100n, 107n]) {
        for (const id of ['app', 'shop']) {
          const taken = takeTraffic(state, frame(id, bytes), both, read, 0);
          state = taken.state;
          seen.push(...taken.effects.othersTraffic);
        }
      }
      expect(seen).toEqual([
        [0, 0],
        [1, 0],
        [0, 7],
        [1, 7],
      ]);
    });

    test('forgets the share of one that turns it off, or of which nothing is told, while the other goes on', () => {
      let { state } = takeTraffic(NO_TRAFFIC, frame('app', 100n), both, read, 0);
      ({ state } = takeTraffic(state, frame('shop', 100n), both, read, 0));
      const off = {
        ...both,
        balancers: new Map([...both.balancers].map(([id, one]) => [id, { ...one, fleetbalance: id === 'shop' }])),
      };
      const turnedOff = expireTraffic(state, off, 10);
      expect(turnedOff.effects.othersTraffic).toEqual([[0, 0]]);
      expect([...turnedOff.state.marks.keys()]).toEqual(['shop http://w1']);
      ({ state } = takeTraffic(state, frame('shop', 100n), both, read, 2_000));
      const silent = expireTraffic(state, both, 3_000);
      expect(silent.effects.othersTraffic).toEqual([[0, 0]]);
      expect(expireTraffic(silent.state, both, 3_001).effects.othersTraffic).toEqual([]);
    });
  });

  test('leaves balancers alone that do not ask for it', () => {
    const { model } = new Fleet(1, 'bytraffic', [100]);
    const off = modelOf([{}], { lbmethod: 'bytraffic' });
    const message = {
      fleet: 'f',
      periodMs: 1_000,
      workers: [{ balancer: 'app', worker: 'http://w1', elected: 1n, bytes: 1n }],
    };
    const read = () => ({ status: 1, lbstatus: 0, elected: 0, bytes: 0, counted: 0 });
    expect(takeTraffic(NO_TRAFFIC, message, off, read, 0).effects.othersTraffic).toEqual([]);
    expect(takeTraffic(NO_TRAFFIC, message, model, read, 0).effects.othersTraffic).toEqual([[0, 0]]);
  });
});
