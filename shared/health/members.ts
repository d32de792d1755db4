import { createHash } from 'node:crypto';
import { canonicalBytes } from '../event/canonical-json.ts';
import type { Member, Members } from './health-frame.ts';

/**
 * The live nodes of a fleet as a message: in order of their names, under a version that says what they are. The same nodes
 * give the same bytes, whichever replica puts them together.
 *
 * @param nodes in any order; names are unique
 */
export function membersOf(fleet: string, nodes: readonly Member[]): Members {
  const members = nodes
    .map(({ node, zone }): Member => ({ node, ...(zone === undefined ? {} : { zone }) }))
    // By UTF-16 code unit, as everywhere: a locale would sort differently from machine to machine.
    .sort((a, b) => (a.node < b.node ? -1 : a.node > b.node ? 1 : 0));
  return { fleet, version: createHash('sha256').update(canonicalBytes(members)).digest('hex'), members };
}
