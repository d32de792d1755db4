import { compileWildcards } from '../routing/pattern.ts';
import type { ConfFiles } from './conf-files.ts';

/**
 * Files that came as text, such as those of an API call: nothing else can be read.
 *
 * @param texts file texts by path; paths are absolute, or all relative to the same place
 */
export function memoryFiles(texts: ReadonlyMap<string, string>): ConfFiles {
  const names = [...texts.keys()].sort();
  const directories = new Set(names.flatMap(parentsOf));
  const entries = [...new Set([...names, ...directories])].sort();
  return {
    read: (path) => {
      const text = texts.get(path);
      if (text !== undefined) return { text };
      return { error: directories.has(path) ? 'it is a directory' : 'no such file' };
    },
    glob: (pattern) => {
      const matches = compileWildcards(pattern);
      return entries.filter((entry) => matches.test(entry));
    },
    resolve: (baseFile, path) => normalise(path.startsWith('/') ? path : `${directoryOf(baseFile)}${path}`),
  };
}

function parentsOf(path: string): readonly string[] {
  const parents: string[] = [];
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    parents.push(path.slice(0, slash));
  }
  return parents;
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** Resolves `.` and `..`; above the root there is only the root. */
function normalise(path: string): string {
  const absolute = path.startsWith('/');
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..' && segments.length > 0 && segments.at(-1) !== '..') segments.pop();
    else if (segment === '..' && !absolute) segments.push(segment);
    else if (segment !== '' && segment !== '.' && segment !== '..') segments.push(segment);
  }
  return `${absolute ? '/' : ''}${segments.join('/')}`;
}
