/** First safe patch of each line; lines newer than the last are safe, all others are not. */
const SAFE = [
  { major: 2, minor: 11, patch: 16 },
  { major: 2, minor: 12, patch: 7 },
  { major: 2, minor: 14, patch: 0 },
] as const;

/**
 * What to tell operators of a server's version. Penstock works with 2.9 and newer and uses nothing that came later,
 * since a server silently ignores settings it does not know.
 *
 * @returns undefined if there is nothing to tell
 */
export function serverWarning(version: string): string | undefined {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map((part) => Number.parseInt(part, 10));
  const line = SAFE.find((safe) => safe.major === major && safe.minor === minor);
  const last = SAFE[SAFE.length - 1]!;
  const safe = line ? patch >= line.patch : major > last.major || (major === last.major && minor > last.minor);
  if (safe) return undefined;
  const old = major < 2 || (major === 2 && minor < 9) ? 'Penstock needs 2.9 or newer; ' : '';
  return `nats-server ${version}: ${old}production needs 2.11.16, 2.12.7, 2.14 or newer, which mend faults and security holes`;
}
