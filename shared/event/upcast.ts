import type { Commit } from './fleet-event.ts';

/** The schema version this build writes. */
export const COMMIT_SCHEMA_VERSION = 1;

/**
 * Brings the JSON of a stored commit of any schema version ever written to today's type: the one place where old versions are
 * known. Stored bytes never change, so each raise of the version adds a step here and a golden file to the tests.
 *
 * @throws when the version is newer than this build, or is no version at all
 */
export function upcastCommit(stored: unknown): Commit {
  const version = (stored as { readonly schemaVersion?: unknown } | null)?.schemaVersion;
  if (version === COMMIT_SCHEMA_VERSION) return stored as Commit;
  if (typeof version === 'number' && version > COMMIT_SCHEMA_VERSION) {
    throw new Error(`commit has schema version ${version}, newer than ${COMMIT_SCHEMA_VERSION}: run a newer Penstock`);
  }
  throw new Error(`commit has no known schema version: ${JSON.stringify(version) ?? 'none'}`);
}
