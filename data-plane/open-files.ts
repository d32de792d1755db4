import { readFile } from 'node:fs/promises';

/** Below this a gateway runs out of sockets before it runs out of anything else: each exchange takes two. */
const FEW = 4_096;

/**
 * Whether this process may hold few open files.
 *
 * @returns the limit, if it is low; undefined if it is not, or nobody knows
 */
export async function fewOpenFiles(
  limits = '/proc/self/limits',
): Promise<{ readonly openFiles: number; readonly advice: string } | undefined> {
  const text = await readFile(limits, 'utf8').catch(() => '');
  const soft = /^Max open files\s+(\d+)/m.exec(text)?.[1];
  const openFiles = Number(soft ?? Number.POSITIVE_INFINITY);
  if (openFiles >= FEW) return undefined;
  return { openFiles, advice: `want at least ${FEW}: ulimit -n, or LimitNOFILE= of its unit` };
}
