import { describe, expect, test } from 'vitest';
import { chainedSource, type Link } from '../../../control-plane/adapters/chained-source.ts';
import { OperatingError } from '../../../control-plane/operating-error.ts';

/** A log of letters on a server that can lose and replace what it had. */
function createLog() {
  let links: Link<string>[] = [];
  let end = { position: 0, mark: '' };
  const log = {
    append(...letters: string[]) {
      for (const entry of letters) {
        const position = end.position + 1;
        const mark = `${entry}${position}`;
        links.push({ position, prev: end.mark, mark, entry });
        end = { position, mark };
      }
    },
    goBackTo(position: number) {
      links = links.filter((link) => link.position <= position);
      end = { position, mark: links.at(-1)?.mark ?? '' };
    },
    trimBefore(position: number) {
      links = links.filter((link) => link.position >= position);
    },
  };
  const open = (gaps: 'refused' | 'passed') =>
    chainedSource<string>({
      genesis: '',
      read: async (from, limit) => ({ end, links: links.filter(({ position }) => position >= from).slice(0, limit) }),
      regressed: (known, at) =>
        new OperatingError('store-regressed', `${known.position} ${known.mark}, ${at.position}`),
      trimmed: (after) => (gaps === 'refused' ? new OperatingError('history-trimmed', `after ${after}`) : undefined),
    });
  return { log, open };
}

/** Reads everything there is and takes it. */
async function takeAll(source: ReturnType<ReturnType<ReturnType<typeof createLog>['open']>>): Promise<string> {
  const entries = await source.read(10);
  for (const entry of entries) source.taken(entry);
  return entries.join('');
}

const REGRESSED = { code: 'store-regressed' };

describe('a source that follows a chained log', () => {
  test('hands over what comes after its cursor, at most as many as asked', async () => {
    const { log, open } = createLog();
    log.append('a', 'b', 'c');
    const source = open('refused')(1);
    expect(await source.read(1)).toEqual(['b']);
    expect(await takeAll(source)).toBe('bc');
    expect(await takeAll(source)).toBe('');
    log.append('d');
    expect(await takeAll(source)).toBe('d');
  });

  test('hands over again what was not taken', async () => {
    const { log, open } = createLog();
    log.append('a', 'b');
    const source = open('refused')(0);
    expect(await source.read(10)).toEqual(['a', 'b']);
    source.taken('a');
    expect(await source.read(10)).toEqual(['b']);
  });

  test.each([0, 1, 2])('notices that the log went back to %i, before and after it grew again', async (position) => {
    const { log, open } = createLog();
    log.append('a', 'b', 'c');
    const source = open('refused')(0);
    await takeAll(source);
    log.goBackTo(position);
    await expect(takeAll(source)).rejects.toMatchObject(REGRESSED);
    while (position + 1 < 5) {
      log.append('x');
      await expect(takeAll(source)).rejects.toMatchObject(REGRESSED);
      position++;
    }
  });

  test('goes on when what was lost is put back', async () => {
    const { log, open } = createLog();
    log.append('a', 'b');
    const source = open('refused')(0);
    await takeAll(source);
    log.goBackTo(1);
    await expect(takeAll(source)).rejects.toMatchObject(REGRESSED);
    log.append('b', 'c');
    expect(await takeAll(source)).toBe('c');
  });

  test('notices at its start that the log does not reach the cursor', async () => {
    const { log, open } = createLog();
    log.append('a');
    await expect(takeAll(open('refused')(2))).rejects.toMatchObject(REGRESSED);
  });

  test('learns what it is to go on from, though nothing comes', async () => {
    const { log, open } = createLog();
    log.append('a', 'b');
    const source = open('refused')(2);
    expect(await takeAll(source)).toBe('');
    log.goBackTo(1);
    log.append('x', 'y');
    await expect(takeAll(source)).rejects.toMatchObject(REGRESSED);
  });

  test('refuses a gap where every entry counts', async () => {
    const { log, open } = createLog();
    log.append('a', 'b', 'c');
    log.trimBefore(3);
    await expect(takeAll(open('refused')(1))).rejects.toMatchObject({ code: 'history-trimmed' });
    expect(await takeAll(open('refused')(2))).toBe('c');
    log.trimBefore(9);
    await expect(takeAll(open('refused')(2))).rejects.toMatchObject({ code: 'history-trimmed' });
    expect(await takeAll(open('refused')(3))).toBe('');
  });

  test('passes over a gap where old entries may go', async () => {
    const { log, open } = createLog();
    log.append('a', 'b', 'c');
    const source = open('passed')(0);
    expect(await source.read(1)).toEqual(['a']);
    source.taken('a');
    log.trimBefore(3);
    expect(await takeAll(source)).toBe('c');
  });
});
