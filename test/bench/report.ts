/** One run of one gateway under one load. */
export type Measurement = {
  readonly gateway: string;
  readonly cell: string;
  /** User and system time per request, microseconds. */
  readonly cpuUs: number;
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly memoryMiB: number;
};

/** Medians over the rounds; memory is the highest seen. */
export type Summary = Measurement & {
  readonly rounds: number;
  /** Lowest and highest CPU per request of the rounds. */
  readonly spreadUs: readonly [number, number];
};

export function summarise(measurements: readonly Measurement[]): Summary[] {
  const groups = new Map<string, Measurement[]>();
  for (const each of measurements) {
    const key = `${each.cell} ${each.gateway}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()].map((group) => {
    const [first] = group;
    if (first === undefined) throw new Error('a group is never empty');
    const cpu = group.map(({ cpuUs }) => cpuUs);
    return {
      gateway: first.gateway,
      cell: first.cell,
      rounds: group.length,
      cpuUs: median(cpu),
      spreadUs: [Math.min(...cpu), Math.max(...cpu)],
      requestsPerSecond: median(group.map((each) => each.requestsPerSecond)),
      p50Us: median(group.map((each) => each.p50Us)),
      p99Us: median(group.map((each) => each.p99Us)),
      memoryMiB: Math.max(...group.map((each) => each.memoryMiB)),
    };
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** A table by cell; ratios are Penstock's CPU per request over the other gateway's. */
export function markdownTable(summaries: readonly Summary[]): string {
  const lines = [
    '| load | gateway | CPU per request, us | spread | Penstock / it | requests/s | p50, us | p99, us | memory, MiB |',
    '|---|---|---:|---:|---:|---:|---:|---:|---:|',
  ];
  const cells = [...new Set(summaries.map(({ cell }) => cell))].sort();
  for (const cell of cells) {
    const rows = summaries.filter((each) => each.cell === cell).sort((a, b) => a.cpuUs - b.cpuUs);
    const penstock = rows.find(({ gateway }) => gateway === 'penstock');
    for (const row of rows) {
      const ratio = penstock === undefined || row === penstock ? '' : (penstock.cpuUs / row.cpuUs).toFixed(2);
      const [low, high] = row.spreadUs;
      lines.push(
        `| ${row.cell} | ${row.gateway} | ${row.cpuUs.toFixed(1)} | ${low.toFixed(1)} to ${high.toFixed(1)} | ${ratio} | ${row.requestsPerSecond.toFixed(0)} | ${row.p50Us.toFixed(0)} | ${row.p99Us.toFixed(0)} | ${row.memoryMiB.toFixed(0)} |`,
      );
    }
  }
  return lines.join('\n');
}
