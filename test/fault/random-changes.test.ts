import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { snapshotOf } from '#shared/snapshot/from-state.ts';
import { stateHash } from '#shared/snapshot/state-hash.ts';
import { RawClient } from '#test/support/client.ts';
import { eventually, within } from '#test/support/wait.ts';
import { seeded } from './kill-run.ts';
import { type RandomFleet, startRandomFleet } from './random-fleet.ts';

/**
 * Random commands, in quick succession and one by one, at a control plane and a node of two threads under light traffic. Run again
 * with the seed that was printed: `SEED=… npx vitest run test/fault/random-changes.test.ts`.
 */
describe('a fleet changed at random', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  const random = seeded(seed);
  const connected: RawClient[] = [];
  let fleet: RandomFleet;

  beforeEach(async () => {
    console.log(`random-changes: SEED=${seed}`);
    fleet = await startRandomFleet(random);
    await fleet.node.serving(await fleet.settle());
  });

  afterEach(async () => {
    for (const client of connected.splice(0)) client.destroy();
    await fleet.stop();
  });

  const PATHS = ['/', '/more/x', '/plain/x'] as const;

  /** Requests on one connection, one after the other. @returns how many were answered; rejects when one was not, or not well */
  async function ask(port: number, goOn: () => boolean): Promise<number> {
    const client = await RawClient.connect(port);
    connected.push(client);
    let answered = 0;
    for (; goOn(); answered++) {
      const response = await client.get(PATHS[answered % PATHS.length] ?? '/');
      if (response.status !== 200 || !response.complete) throw new Error(`status ${response.status}`);
    }
    client.destroy();
    return answered;
  }

  /** Changes the fleet so many times; every third time it waits for what comes of it. @param after called after each */
  async function changes(count: number, after: () => unknown = () => {}): Promise<void> {
    for (let n = 0; n < count; n++) {
      const revision = await fleet.change();
      await after();
      // Rejected, or overtaken by a later one that is: both are answers.
      if (revision !== undefined && random() < 0.35) await within('an answer', settled(fleet.node.serving(revision)));
    }
  }

  const settled = (promise: Promise<void>) => promise.catch(() => {});

  /** What must hold when nothing changes any more. */
  async function expectSound(): Promise<void> {
    await eventually('both threads', () => fleet.threadsRunning() === 2);
    const revision = await fleet.settle();
    await within('the last revision', fleet.node.serving(revision));
    const state = await fleet.plane.state();
    expect(fleet.node.servingRevision()).toBe(state.revision);
    const node = await eventually('the report of it', () => {
      const [known] = fleet.plane.registry.nodes();
      // Retired rows are in some reports after their end, then no more: none is left over.
      return known?.serving?.revision === revision && known.rows.values().every(({ retired }) => !retired)
        ? known
        : undefined;
    });
    expect(node.serving?.stateHash).toBe(stateHash(snapshotOf('random', state)));
    await eventually('idle workers', () => fleet.node.workers().every(({ busy }) => busy === 0));
    expect(fleet.log.filter(({ errors }) => JSON.stringify(errors)?.includes('"capacity"'))).toEqual([]);
    for (const port of [fleet.port, fleet.otherPort]) {
      let left = 20;
      expect(await ask(port, () => left-- > 0)).toBe(20);
    }
  }

  /** Head of a request handed to a worker, as the control plane adds them up, against what the workers got. */
  async function expectCounted(): Promise<void> {
    const got = fleet.backends.reduce((sum, { traffic }) => sum + traffic.length, 0);
    const counted = () =>
      [...fleet.plane.counters.totals('workers').values()].reduce((sum, { requests }) => sum + Number(requests), 0);
    await eventually(`${got} requests, counted ${counted()}`, () => counted() === got, 5_000);
  }

  test('drops no connection whose listener stays, counts every request and ends with what the store has', async () => {
    let over = false;
    const traffic = Array.from({ length: 4 }, () => ask(fleet.port, () => !over));
    // These end when their port is listened on no more, and may come again when it is; what they are answered is answered well.
    const comeAgain = async () => {
      let answered = 0;
      const ended = (err: Error) => {
        if (!/without a response|ECONNREFUSED|ECONNRESET|EPIPE/.test(err.message)) throw err;
      };
      while (!over) await ask(fleet.otherPort, () => !over && ++answered > 0).catch(ended);
      return answered;
    };
    traffic.push(comeAgain(), comeAgain());
    await Promise.race([changes(150), Promise.all(traffic)]);
    over = true;
    const answered = await within('the end of the traffic', Promise.all(traffic));
    expect(Math.min(...answered)).toBeGreaterThan(0);
    await expectSound();
    await expectCounted();
    expect(await fleet.stop()).toMatchObject({ ok: true });
  });

  test('survives the death of its threads at any moment of it', async () => {
    let over = false;
    let broken = 0;
    /** Connects again when its thread dies. */
    const insist = async () => {
      while (!over) await ask(fleet.port, () => !over).catch(() => broken++);
    };
    const traffic = Array.from({ length: 4 }, insist);
    let kills = 0;
    await changes(80, async () => {
      if (random() > 0.15) return;
      kills++;
      if (random() < 0.5) await eventually('both threads', () => fleet.threadsRunning() === 2);
      fleet.killThread();
    });
    over = true;
    await within('the end of the traffic', Promise.all(traffic));
    expect(kills).toBeGreaterThan(0);
    expect(broken).toBeGreaterThan(0);
    await expectSound();
    expect(await fleet.stop()).toMatchObject({ ok: true });
  });
});
