import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Bus } from '#shared/bus.ts';

/** One fleet's bus as two parties see it: on a network, two connections; in a process, one object twice. */
export type BusUnderTest = {
  readonly ours: Bus;
  readonly theirs: Bus;
  /** Resolves when everything published so far has been given to its handlers. */
  settled(): Promise<void>;
};

/** What every adapter of the bus port promises. */
export function busContract(name: string, create: () => Promise<BusUnderTest>): void {
  describe(`${name} as a bus`, () => {
    let bus: BusUnderTest;

    beforeEach(async () => {
      bus = await create();
    });

    afterEach(async () => {
      await bus.ours.close();
      await bus.theirs.close();
    });

    /** Subscribes on the other side and collects what arrives as text. */
    async function collect(subject: string): Promise<string[]> {
      const seen: string[] = [];
      await bus.theirs.subscribe(subject, (payload, from) => seen.push(`${from}=${Buffer.from(payload)}`));
      return seen;
    }

    it('delivers in the order of publishing', async () => {
      const seen = await collect('contract.order');
      const numbers = Array.from({ length: 200 }, (_, i) => i);
      for (const number of numbers) await bus.ours.publish('contract.order', Buffer.from(`${number}`));
      await bus.settled();
      expect(seen).toEqual(numbers.map((number) => `contract.order=${number}`));
    });

    it('never calls a handler inside publish', async () => {
      let publishing = false;
      const handler = vi.fn(() => expect(publishing).toBe(false));
      await bus.ours.subscribe('contract.async', handler);
      publishing = true;
      const published = bus.ours.publish('contract.async', Buffer.from('x'));
      publishing = false;
      await published;
      await bus.settled();
      expect(handler).toHaveBeenCalledOnce();
    });

    it.each([
      { pattern: 'contract.a.ack', matches: ['contract.a.ack'] },
      { pattern: 'contract.*.ack', matches: ['contract.a.ack', 'contract.b.ack'] },
      { pattern: 'contract.a.*', matches: ['contract.a.ack', 'contract.a.report'] },
      { pattern: 'contract.>', matches: ['contract.a.ack', 'contract.b.ack', 'contract.a.report', 'contract.a.b.c'] },
      { pattern: 'contract.a', matches: [] },
    ])('gives $pattern exactly what it matches', async ({ pattern, matches }) => {
      const seen = await collect(pattern);
      for (const subject of [
        'contract.a.ack',
        'contract.b.ack',
        'contract.a.report',
        'contract.a.b.c',
        'other.a.ack',
      ]) {
        await bus.ours.publish(subject, Buffer.from('!'));
      }
      await bus.settled();
      expect(seen).toEqual(matches.map((subject) => `${subject}=!`));
    });

    it('gives each of several subscribers every message', async () => {
      const first = await collect('contract.fan');
      const second = await collect('contract.>');
      await bus.ours.publish('contract.fan', Buffer.from('x'));
      await bus.settled();
      expect([first, second]).toEqual([['contract.fan=x'], ['contract.fan=x']]);
    });

    it('keeps nothing published for those who subscribe later', async () => {
      await bus.ours.publish('contract.late', Buffer.from('early'));
      const seen = await collect('contract.late');
      await bus.ours.publish('contract.late', Buffer.from('late'));
      await bus.settled();
      expect(seen).toEqual(['contract.late=late']);
    });

    it('delivers nothing after unsubscribe', async () => {
      const handler = vi.fn();
      const subscription = await bus.theirs.subscribe('contract.gone', handler);
      await bus.ours.publish('contract.gone', Buffer.from('1'));
      await bus.settled();
      await subscription.unsubscribe();
      await subscription.unsubscribe();
      await bus.ours.publish('contract.gone', Buffer.from('2'));
      await bus.settled();
      expect(handler).toHaveBeenCalledOnce();
    });

    it('lets a publisher use its buffer again, and one handler change its copy unseen by another', async () => {
      const seen: string[] = [];
      const spoil = (payload: Uint8Array) => {
        seen.push(Buffer.from(payload).toString());
        payload.fill(0);
      };
      await bus.theirs.subscribe('contract.buffer', spoil);
      await bus.theirs.subscribe('contract.buffer', spoil);
      const buffer = Buffer.from('kept');
      await bus.ours.publish('contract.buffer', buffer);
      buffer.fill(0);
      await bus.settled();
      expect(seen).toEqual(['kept', 'kept']);
    });

    it('goes on after a handler has unsubscribed itself', async () => {
      const seen = await collect('contract.self');
      const subscription = await bus.theirs.subscribe('contract.self', () => void subscription.unsubscribe());
      for (const text of ['1', '2']) await bus.ours.publish('contract.self', Buffer.from(text));
      await bus.settled();
      expect(seen).toEqual(['contract.self=1', 'contract.self=2']);
    });

    it('gives a late watcher the latest value, then newer ones', async () => {
      await bus.ours.putLatest('contract.latest', Buffer.from('1'));
      await bus.ours.putLatest('contract.latest', Buffer.from('2'));
      const seen: string[] = [];
      await bus.theirs.watchLatest('contract.latest', (payload) => seen.push(Buffer.from(payload).toString()));
      await bus.settled();
      expect(seen).toEqual(['2']);
      await bus.ours.putLatest('contract.latest', Buffer.from('3'));
      await bus.settled();
      expect(seen).toEqual(['2', '3']);
    });

    it('gives a watcher nothing while there is no value, and always ends with the newest', async () => {
      const seen: string[] = [];
      await bus.theirs.watchLatest('contract.burst', (payload) => seen.push(Buffer.from(payload).toString()));
      await bus.settled();
      expect(seen).toEqual([]);
      for (let i = 0; i <= 50; i++) await bus.ours.putLatest('contract.burst', Buffer.from(`${i}`));
      await bus.settled();
      expect(seen.at(-1)).toBe('50');
      expect(seen.map(Number)).toEqual(seen.map(Number).toSorted((a, b) => a - b));
    });

    it('keeps the value it was given, not the buffer', async () => {
      const buffer = Buffer.from('kept');
      await bus.ours.putLatest('contract.value', buffer);
      buffer.fill(0);
      const seen: string[] = [];
      await bus.theirs.watchLatest('contract.value', (payload) => {
        seen.push(Buffer.from(payload).toString());
        payload.fill(0);
      });
      await bus.settled();
      await bus.theirs.watchLatest('contract.value', (payload) => seen.push(Buffer.from(payload).toString()));
      await bus.settled();
      expect(seen).toEqual(['kept', 'kept']);
    });

    it('gives an unsubscribed watcher nothing more', async () => {
      const handler = vi.fn();
      const subscription = await bus.theirs.watchLatest('contract.unwatched', handler);
      await subscription.unsubscribe();
      await bus.ours.putLatest('contract.unwatched', Buffer.from('1'));
      await bus.settled();
      expect(handler).not.toHaveBeenCalled();
    });

    it.each(['', 'a..b', '.a', 'a.', 'a b', 'a.*', 'a.>'])('refuses to publish to "%s"', async (subject) => {
      await expect(bus.ours.publish(subject, Buffer.from('x'))).rejects.toThrow(/bad subject/);
    });

    it.each(['', 'a..b', 'a.>.b', 'a.b*'])('refuses to subscribe to "%s"', async (subject) => {
      await expect(bus.ours.subscribe(subject, () => {})).rejects.toThrow(/bad subject/);
    });

    it('refuses everything once closed, and may be closed twice', async () => {
      await bus.ours.close();
      await bus.ours.close();
      await expect(bus.ours.publish('contract.x', Buffer.from('x'))).rejects.toThrow(/closed/);
      await expect(bus.ours.subscribe('contract.x', () => {})).rejects.toThrow(/closed/);
      await expect(bus.ours.putLatest('contract.x', Buffer.from('x'))).rejects.toThrow(/closed/);
      await expect(bus.ours.watchLatest('contract.x', () => {})).rejects.toThrow(/closed/);
    });
  });
}
