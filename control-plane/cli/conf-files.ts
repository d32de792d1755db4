import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { ConfFiles } from '#shared/httpd-conf/conf-files.ts';

const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** Configuration files of this machine, as the operator who runs the command may read them. */
export function localConfFiles(cwd: string): ConfFiles {
  return {
    read(path) {
      try {
        const absolute = resolve(cwd, path);
        const { size } = statSync(absolute);
        if (size > MAX_FILE_BYTES) return { error: `has ${size} bytes; at most ${MAX_FILE_BYTES} are read` };
        return { text: readFileSync(absolute, 'utf8') };
      } catch (err) {
        return { error: readError(err) };
      }
    },
    glob: (pattern) => glob(resolve(cwd, pattern)),
    resolve: (baseFile, path) => (isAbsolute(path) ? path : join(dirname(resolve(cwd, baseFile)), path)),
  };
}

function readError(err: unknown): string {
  const { code, message } = err as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return 'no such file';
    case 'EISDIR':
      return 'is a directory';
    case 'EACCES':
      return 'may not be read by this user';
    default:
      return message;
  }
}

/** Segment by segment, so that `*` never crosses a `/`; hidden files only where the pattern says the dot. */
function glob(pattern: string): readonly string[] {
  let found = ['/'];
  for (const segment of pattern.split('/').filter((part) => part !== '')) {
    const matches = segmentMatcher(segment);
    found = found.flatMap((folder) =>
      namesIn(folder)
        .filter(matches)
        .map((name) => join(folder, name)),
    );
  }
  return found.toSorted();
}

/** @source apr_fnmatch: `*`, `?`, `[a-z]`, `[!a-z]`, backslash quotes */
function segmentMatcher(segment: string): (name: string) => boolean {
  let source = '';
  for (let i = 0; i < segment.length; i++) {
    const char = segment[i] ?? '';
    const set = char === '[' ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(segment.slice(i)) : null;
    if (set !== null) {
      source += `[${set[1] === '' ? '' : '^'}${(set[2] ?? '').replace(/[\\\]^]/g, '\\$&')}]`;
      i += set[0].length - 1;
    } else if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else source += RegExp.escape(char === '\\' && i + 1 < segment.length ? (segment[++i] ?? '') : char);
  }
  const expression = new RegExp(`^${source}$`, 's');
  return (name) => expression.test(name) && (!name.startsWith('.') || segment.startsWith('.'));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Not a folder, or not ours to see: nothing matches there.
  }
}
