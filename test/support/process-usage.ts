import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second of /proc: fixed at 100 for user space on Linux. */
const TICKS_PER_SECOND = 100;

/** The process and all its living descendants. */
export function processTree(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readStat(Number(name));
    if (stat !== undefined) children.set(stat.parent, [...(children.get(stat.parent) ?? []), Number(name)]);
  }
  const tree: number[] = [];
  const queue = [pid];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    tree.push(next);
    queue.push(...(children.get(next) ?? []));
  }
  return tree;
}

/** User and system time of a process tree so far, milliseconds; those that have ended count as their parent waited for them. */
export function cpuMs(pid: number): number {
  let ticks = 0;
  for (const each of processTree(pid)) ticks += readStat(each)?.ticks ?? 0;
  return (ticks * 1000) / TICKS_PER_SECOND;
}

/** Proportional resident memory of a process tree now, MiB: shared pages count once over those who share them. */
export function memoryMiB(pid: number): number {
  let kib = 0;
  for (const each of processTree(pid)) {
    try {
      const rollup = readFileSync(`/proc/${each}/smaps_rollup`, 'utf8');
      kib += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
    } catch {
      // Ended meanwhile.
    }
  }
  return kib / 1024;
}

function readStat(pid: number): { parent: number; ticks: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything; fields are counted after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15).map(Number);
    return { parent: Number(fields[1]), ticks: user + system + childUser + childSystem };
  } catch {
    return undefined;
  }
}
