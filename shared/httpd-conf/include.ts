import { hasWildcards } from '../routing/pattern.ts';
import type { ConfFiles } from './conf-files.ts';

export type IncludedFile = { readonly path: string; readonly text: string } | { readonly error: string };

/** Directories within directories that Include follows. */
const MAX_DIRECTORY_DEPTH = 20;

/**
 * The files an Include names, in the order they are read: one file, all files of a directory and of those in it, or what a pattern
 * matches.
 *
 * @source config.c:ap_process_fnmatch_configs; relative paths start at the including file, not at ServerRoot
 */
export function* expandInclude(
  files: ConfFiles,
  baseFile: string,
  written: string,
  optional: boolean,
): Generator<IncludedFile> {
  const path = files.resolve(baseFile, written);
  if (!hasWildcards(path)) {
    yield* fileOrDirectory(files, path, optional, 0);
    return;
  }
  const found = files.glob(path);
  if (found.length === 0 && !optional) {
    yield { error: `no file matches ${path}; IncludeOptional allows that` };
  }
  for (const match of found) yield* fileOrDirectory(files, match, optional, 0);
}

function* fileOrDirectory(files: ConfFiles, path: string, optional: boolean, depth: number): Generator<IncludedFile> {
  const read = files.read(path);
  if ('text' in read) {
    yield { path, text: read.text };
    return;
  }
  // What can't be read and has entries is a directory.
  const entries = files.glob(`${path.replace(/\/$/, '')}/*`);
  if (entries.length > 0 && depth >= MAX_DIRECTORY_DEPTH) {
    yield { error: `directories under ${path} are nested more than ${MAX_DIRECTORY_DEPTH} deep` };
  } else if (entries.length > 0) {
    for (const entry of entries) yield* fileOrDirectory(files, entry, true, depth + 1);
  } else if (!optional) {
    yield { error: `cannot read ${path}: ${read.error}` };
  }
}
