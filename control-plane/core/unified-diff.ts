/** Lines of context around a change. */
const CONTEXT = 3;
/** Beyond this many differing lines a minimal diff is not worth its time: the whole middle is shown as replaced. */
const MAX_EDITS = 2_000;

type Edit = { readonly sign: ' ' | '-' | '+'; readonly line: string };

/**
 * The difference of two texts as `diff -u` writes it, without file headers.
 *
 * @returns '' when they are equal
 */
export function unifiedDiff(before: string, after: string): string {
  const edits = editScript(linesOf(before), linesOf(after));
  const out: string[] = [];
  let oldLine = 1;
  let newLine = 1;
  let i = 0;
  while (i < edits.length) {
    if (edits[i]?.sign === ' ') {
      oldLine++;
      newLine++;
      i++;
      continue;
    }
    const start = Math.max(0, i - CONTEXT);
    const end = endOfHunk(edits, i);
    const hunk = edits.slice(start, end);
    const lead = i - start;
    const removed = hunk.filter(({ sign }) => sign !== '+').length;
    const added = hunk.filter(({ sign }) => sign !== '-').length;
    out.push(`@@ -${range(oldLine - lead, removed)} +${range(newLine - lead, added)} @@`);
    out.push(...hunk.map(({ sign, line }) => sign + line));
    oldLine += removed - lead;
    newLine += added - lead;
    i = end;
  }
  return out.length === 0 ? '' : `${out.join('\n')}\n`;
}

/** `diff` counts an empty range from the line before it. */
function range(start: number, length: number): string {
  return length === 1 ? `${start}` : `${length === 0 ? start - 1 : start},${length}`;
}

/** Where the hunk that begins at a change ends: after its context, unless another change is near. */
function endOfHunk(edits: readonly Edit[], from: number): number {
  let lastChange = from;
  for (let i = from; i < edits.length && i - lastChange <= CONTEXT * 2; i++) {
    if (edits[i]?.sign !== ' ') lastChange = i;
  }
  return Math.min(edits.length, lastChange + CONTEXT + 1);
}

function linesOf(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

function editScript(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const limit = Math.min(before.length, after.length);
  let head = 0;
  while (head < limit && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < limit - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const same = (line: string): Edit => ({ sign: ' ', line });
  return [
    ...before.slice(0, head).map(same),
    ...shortestEdits(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ];
}

/** Myers' greedy algorithm: one row of furthest reaching paths per number of edits, then the way back. */
function shortestEdits(a: readonly string[], b: readonly string[]): readonly Edit[] {
  const rows: Map<number, number>[] = [];
  let reach = new Map([[1, 0]]);
  for (let edits = 0; edits <= Math.min(a.length + b.length, MAX_EDITS); edits++) {
    const next = new Map(reach);
    for (let k = -edits; k <= edits; k += 2) {
      let x = isDown(reach, k, edits) ? at(reach, k + 1) : at(reach, k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      next.set(k, x);
      if (x >= a.length && x - k >= b.length) return wayBack([...rows, reach], a, b);
    }
    rows.push(reach);
    reach = next;
  }
  return [...a.map((line): Edit => ({ sign: '-', line })), ...b.map((line): Edit => ({ sign: '+', line }))];
}

function wayBack(
  rows: readonly ReadonlyMap<number, number>[],
  a: readonly string[],
  b: readonly string[],
): readonly Edit[] {
  const edits: Edit[] = [];
  let x = a.length;
  let y = b.length;
  for (let count = rows.length - 1; count >= 0; count--) {
    const reach = rows[count] ?? new Map();
    const k = x - y;
    const down = isDown(reach, k, count);
    const afterEdit = down ? at(reach, k + 1) : at(reach, k - 1) + 1;
    for (; x > afterEdit; x--, y--) edits.push({ sign: ' ', line: a[x - 1] ?? '' });
    if (count === 0) break;
    if (down) edits.push({ sign: '+', line: b[--y] ?? '' });
    else edits.push({ sign: '-', line: a[--x] ?? '' });
  }
  return edits.reverse();
}

function isDown(reach: ReadonlyMap<number, number>, k: number, edits: number): boolean {
  return k === -edits || (k !== edits && at(reach, k - 1) < at(reach, k + 1));
}

function at(reach: ReadonlyMap<number, number>, k: number): number {
  return reach.get(k) ?? -1;
}
