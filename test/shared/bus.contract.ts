import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Bus, Kept } from '#shared/bus.ts';
import { subjects } from '#shared/bus.ts';

/** One fleet's bus as two parties see it: on a network, two connections; in a process, one object twice. */
export type BusUnderTest = {
  readonly ours: Bus;
  readonly theirs: Bus;
  readonly fleet: string;
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

    /** A kept key of the fleet under test. */
    const key = (name: string) => subjects(bus.fleet).kept.replace('>', name);

    /** Watches on the other side and collects what arrives as text. */
    async function watch(pattern: string): Promise<string[]> {
      const seen: string[] = [];
      await bus.theirs.watchLatest(pattern, (payload) => seen.push(Buffer.from(payload).toString()));
      return seen;
    }

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
      await bus.settled();
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
      await bus.ours.putLatest(key('latest'), Buffer.from('1'));
      await bus.ours.putLatest(key('latest'), Buffer.from('2'));
      const seen = await watch(key('latest'));
      await vi.waitFor(() => expect(seen).toEqual(['2']));
      await bus.ours.putLatest(key('latest'), Buffer.from('3'));
      await vi.waitFor(() => expect(seen).toEqual(['2', '3']));
    });

    it('gives a watcher nothing while there is no value, and always ends with the newest', async () => {
      const seen = await watch(key('burst'));
      await bus.settled();
      expect(seen).toEqual([]);
      for (let i = 0; i <= 50; i++) await bus.ours.putLatest(key('burst'), Buffer.from(`${i}`));
      await vi.waitFor(() => expect(seen.at(-1)).toBe('50'));
      await bus.settled();
      expect(seen.at(-1)).toBe('50');
      expect(seen.map(Number)).toEqual([...new Set(seen.map(Number))].toSorted((a, b) => a - b));
    });

    it('gives a watcher of a pattern the newest value of each key, and those of keys put later', async () => {
      await bus.ours.putLatest(key('each.a'), Buffer.from('a1'));
      await bus.ours.putLatest(key('each.b'), Buffer.from('b1'));
      await bus.ours.putLatest(key('each.b'), Buffer.from('b2'));
      await bus.ours.putLatest(key('each.b.c'), Buffer.from('not this one'));
      const seen = await watch(key('each.*'));
      await vi.waitFor(() => expect(seen.toSorted()).toEqual(['a1', 'b2']));
      await bus.ours.putLatest(key('each.c'), Buffer.from('c1'));
      await bus.ours.putLatest(key('each.a'), Buffer.from('a2'));
      await vi.waitFor(() => expect(seen.slice(2)).toEqual(['c1', 'a2']));
    });

    it('keeps the value it was given, not the buffer', async () => {
      const buffer = Buffer.from('kept');
      await bus.ours.putLatest(key('value'), buffer);
      buffer.fill(0);
      const seen: string[] = [];
      await bus.theirs.watchLatest(key('value'), (payload) => {
        seen.push(Buffer.from(payload).toString());
        payload.fill(0);
      });
      await vi.waitFor(() => expect(seen).toEqual(['kept']));
      (await bus.theirs.getLatest(key('value')))?.payload.fill(0);
      expect(await text(bus.theirs.getLatest(key('value')))).toBe('kept');
    });

    it('gives an unsubscribed watcher nothing more', async () => {
      const handler = vi.fn();
      const subscription = await bus.theirs.watchLatest(key('unwatched'), handler);
      await subscription.unsubscribe();
      await subscription.unsubscribe();
      await bus.ours.putLatest(key('unwatched'), Buffer.from('1'));
      await bus.settled();
      expect(handler).not.toHaveBeenCalled();
    });

    it('sends what is put to subscribers of the key, live, in order, under its own name', async () => {
      await bus.ours.putLatest(key('delta.1'), Buffer.from('before'));
      await bus.settled();
      const seen = await collect(key('delta.*'));
      const numbers = Array.from({ length: 50 }, (_, i) => i + 2);
      for (const number of numbers) await bus.ours.putLatest(key(`delta.${number}`), Buffer.from('!'));
      await vi.waitFor(() => expect(seen).toEqual(numbers.map((number) => `${key(`delta.${number}`)}=!`)));
    });

    it('gives who asks what is kept, with a version that each put raises and each asks for alike', async () => {
      expect(await bus.theirs.getLatest(key('version'))).toBeUndefined();
      const first = await bus.ours.putLatest(key('version'), Buffer.from('1'));
      expect(await bus.theirs.getLatest(key('version'))).toMatchObject({ version: first });
      const second = await bus.theirs.putLatest(key('version'), Buffer.from('2'));
      expect(second).toBeGreaterThan(first);
      expect(first).toBeGreaterThan(0);
      expect(await bus.ours.getLatest(key('version'))).toMatchObject({ version: second });
      expect(await text(bus.ours.getLatest(key('version')))).toBe('2');
    });

    it('keeps an empty payload as one', async () => {
      await bus.ours.putLatest(key('empty'), new Uint8Array());
      expect((await bus.theirs.getLatest(key('empty')))?.payload).toHaveLength(0);
    });

    it('puts under an expected version only while the key has it', async () => {
      const conflict = expect.objectContaining({ name: 'BusError', code: 'conflict' });
      const first = await bus.ours.putLatest(key('cas'), Buffer.from('1'), { ifVersion: 0 });
      await expect(bus.theirs.putLatest(key('cas'), Buffer.from('x'), { ifVersion: 0 })).rejects.toEqual(conflict);
      const second = await bus.theirs.putLatest(key('cas'), Buffer.from('2'), { ifVersion: first });
      await expect(bus.ours.putLatest(key('cas'), Buffer.from('x'), { ifVersion: first })).rejects.toEqual(conflict);
      await expect(bus.ours.putLatest(key('none'), Buffer.from('x'), { ifVersion: 7 })).rejects.toEqual(conflict);
      expect(await text(bus.ours.getLatest(key('cas')))).toBe('2');
      expect(await bus.ours.getLatest(key('none'))).toBeUndefined();
      await bus.ours.putLatest(key('other'), Buffer.from('x'));
      expect(await bus.ours.putLatest(key('cas'), Buffer.from('3'), { ifVersion: second })).toBeGreaterThan(second);
    });

    it('lets exactly one of several win who put under the same version', async () => {
      let version = 0;
      for (let round = 0; round < 10; round++) {
        const both = [bus.ours, bus.theirs, bus.ours, bus.theirs];
        const puts = both.map((party, i) =>
          party.putLatest(key('race'), Buffer.from(`${round} ${i}`), { ifVersion: version }),
        );
        const results = await Promise.allSettled(puts);
        const won = results.findIndex(({ status }) => status === 'fulfilled');
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        const kept = await bus.theirs.getLatest(key('race'));
        expect(Buffer.from(kept?.payload ?? []).toString()).toBe(`${round} ${won}`);
        version = kept?.version ?? 0;
      }
    });

    it('names the keys that match a pattern', async () => {
      for (const name of ['list.1', 'list.2', 'list.2.x', 'other']) {
        await bus.ours.putLatest(key(name), Buffer.from('x'));
        await bus.ours.putLatest(key(name), Buffer.from('y'));
      }
      expect((await bus.ours.keys(key('list.*'))).toSorted()).toEqual([key('list.1'), key('list.2')]);
      expect((await bus.ours.keys(key('list.>'))).toSorted()).toEqual([key('list.1'), key('list.2'), key('list.2.x')]);
      expect(await bus.ours.keys(key('other'))).toEqual([key('other')]);
      expect(await bus.ours.keys(key('nothing.*'))).toEqual([]);
    });

    it('forgets a removed key, and lets it be put again under version 0 with a greater one', async () => {
      const before = await bus.ours.putLatest(key('removed'), Buffer.from('1'));
      await bus.ours.putLatest(key('stays'), Buffer.from('1'));
      await bus.ours.remove(key('removed'));
      await bus.ours.remove(key('removed'));
      expect(await bus.theirs.getLatest(key('removed'))).toBeUndefined();
      expect(await text(bus.theirs.getLatest(key('stays')))).toBe('1');
      expect(await bus.ours.keys(key('*'))).toEqual([key('stays')]);
      const seen = await watch(key('removed'));
      await bus.settled();
      expect(seen).toEqual([]);
      expect(await bus.ours.putLatest(key('removed'), Buffer.from('2'), { ifVersion: 0 })).toBeGreaterThan(before);
      await vi.waitFor(() => expect(seen).toEqual(['2']));
    });

    it.each([0, 1, 1000, 262_144, 262_145, 3_000_000])('keeps an object of %i bytes whole', async (length) => {
      const payload = bytes(length);
      await bus.ours.putObject('snapshot.1.abc', payload);
      expect(Buffer.compare((await bus.theirs.getObject('snapshot.1.abc')) ?? Buffer.from('none'), payload)).toBe(0);
      await bus.theirs.putObject('snapshot.1.abc', payload);
      expect(Buffer.compare((await bus.ours.getObject('snapshot.1.abc')) ?? Buffer.from('none'), payload)).toBe(0);
    });

    it('refuses other content under the name of an object', async () => {
      await bus.ours.putObject('snapshot.1.abc', Buffer.from('first'));
      await expect(bus.theirs.putObject('snapshot.1.abc', Buffer.from('other'))).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(Buffer.from((await bus.theirs.getObject('snapshot.1.abc')) ?? []).toString()).toBe('first');
    });

    it('lists, removes and keeps apart objects by name', async () => {
      expect(await bus.theirs.getObject('snapshot.1.a')).toBeUndefined();
      for (const name of ['snapshot.1.a', 'snapshot.2.b', 'snapshot.2', 'other']) {
        await bus.ours.putObject(name, Buffer.from(name));
      }
      expect((await bus.ours.objects('snapshot.*.*')).toSorted()).toEqual(['snapshot.1.a', 'snapshot.2.b']);
      expect((await bus.ours.objects('>')).toSorted()).toEqual(['other', 'snapshot.1.a', 'snapshot.2', 'snapshot.2.b']);
      await bus.ours.removeObject('snapshot.2');
      await bus.ours.removeObject('snapshot.2');
      expect(await bus.ours.getObject('snapshot.2')).toBeUndefined();
      expect(Buffer.from((await bus.theirs.getObject('snapshot.2.b')) ?? []).toString()).toBe('snapshot.2.b');
      expect((await bus.ours.objects('snapshot.>')).toSorted()).toEqual(['snapshot.1.a', 'snapshot.2.b']);
      await bus.ours.putObject('snapshot.2', Buffer.from('again'));
      expect(Buffer.from((await bus.theirs.getObject('snapshot.2')) ?? []).toString()).toBe('again');
    });

    it('takes payloads up to its bound and refuses greater ones', async () => {
      const most = bytes(bus.ours.maxPayloadBytes);
      const tooLarge = expect.objectContaining({ name: 'BusError', code: 'too-large' });
      const seen: number[] = [];
      await bus.theirs.subscribe('contract.large', (payload) => seen.push(payload.length));
      await bus.ours.publish('contract.large', most);
      await bus.ours.putLatest(key('large'), most, { ifVersion: 0 });
      await vi.waitFor(() => expect(seen).toEqual([most.length]));
      expect((await bus.theirs.getLatest(key('large')))?.payload).toHaveLength(most.length);
      const over = bytes(most.length + 1);
      await expect(bus.ours.publish('contract.large', over)).rejects.toEqual(tooLarge);
      await expect(bus.ours.putLatest(key('large'), over)).rejects.toEqual(tooLarge);
    });

    it.each(['', 'a..b', 'a.*', 'contract.a', 'penstock.v1.contract.up.n.ack', 'penstock.v1.contract.keep'])(
      'keeps nothing under "%s"',
      async (name) => {
        await expect(bus.ours.putLatest(name, Buffer.from('x'))).rejects.toThrow(/bad (subject|key)/);
        await expect(bus.ours.getLatest(name)).rejects.toThrow(/bad (subject|key)/);
        await expect(bus.ours.remove(name)).rejects.toThrow(/bad (subject|key)/);
      },
    );

    it('refuses to publish to a kept key what would not be kept elsewhere', async () => {
      await expect(bus.ours.publish(key('x'), Buffer.from('x'))).rejects.toThrow(/putLatest/);
    });

    it('is connected until it is closed, and says so', async () => {
      const seen: boolean[] = [];
      const stop = bus.ours.onStatus(({ connected }) => seen.push(connected));
      bus.ours.onStatus(() => seen.push(true))();
      expect(bus.ours.status().connected).toBe(true);
      await bus.ours.close();
      expect(bus.ours.status().connected).toBe(false);
      expect(seen).toEqual([false]);
      stop();
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
      const calls = [
        bus.ours.publish('contract.x', Buffer.from('x')),
        bus.ours.subscribe('contract.x', () => {}),
        bus.ours.putLatest(key('x'), Buffer.from('x')),
        bus.ours.getLatest(key('x')),
        bus.ours.watchLatest(key('x'), () => {}),
        bus.ours.keys(key('*')),
        bus.ours.remove(key('x')),
        bus.ours.putObject('x', Buffer.from('x')),
        bus.ours.getObject('x'),
        bus.ours.objects('*'),
        bus.ours.removeObject('x'),
      ];
      const refused = { status: 'rejected', reason: expect.objectContaining({ name: 'BusError', code: 'closed' }) };
      expect(await Promise.allSettled(calls)).toEqual(calls.map(() => refused));
    });
  });
}

async function text(kept: Promise<Kept | undefined>): Promise<string | undefined> {
  const value = await kept;
  return value && Buffer.from(value.payload).toString();
}

/** The same bytes each time, no two chunks alike. */
function bytes(length: number): Uint8Array {
  const all = new Uint8Array(length);
  for (let i = 0; i < length; i++) all[i] = (i * 31 + (i >>> 8) * 17 + (i >>> 16)) & 0xff;
  return all;
}
