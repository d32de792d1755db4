/** Lines of a table with aligned columns, two blanks apart, numbers to the right; the header is the first row. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const columns = header.map((_, column) => ({
    width: all.reduce((most, row) => Math.max(most, (row[column] ?? '').length), 0),
    isNumeric: rows.some((row) => row[column]) && rows.every((row) => NUMBER.test(row[column] ?? '')),
  }));
  return all
    .map((row) =>
      row
        .map((cell, column) => {
          const { width = 0, isNumeric = false } = columns[column] ?? {};
          return isNumeric ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** As `String(12)` and `bytes` write numbers; an empty cell is no reason against. */
const NUMBER = /^(\d+(\.\d)?[KMGT]?)?$/;

/** `a, b and 7 more`. */
export function someOf(names: readonly string[], most = 10): string {
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

/** A point in time as an operator reads it: local time to the second. */
export function localTime(iso: string): string {
  const time = new Date(iso);
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** An age: `850ms`, `12s`, `3m`, `5h`, `2d`. */
export function age(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${Math.floor(ms / 1_000)}s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)}m`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)}h`;
  return `${Math.floor(ms / 86_400_000)}d`;
}

/** Bytes as `17`, `1.5K`, `20M`: one decimal below ten. */
export function bytes(count: number): string {
  let value = count;
  for (const unit of ['', 'K', 'M', 'G', 'T']) {
    if (value < 1_024 || unit === 'T')
      return `${unit !== '' && value < 10 ? value.toFixed(1) : Math.floor(value)}${unit}`;
    value /= 1_024;
  }
  return String(count);
}

/** `1 worker`, `2 workers`. */
export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
