import type { Definition } from '#shared/definition/definition.ts';
import { formatDiagnostic } from '#shared/httpd-conf/diagnostic.ts';
import { memoryFiles } from '#shared/httpd-conf/memory-files.ts';
import { type ReadOptions, type ReadResult, readHttpdConf } from '#shared/httpd-conf/read.ts';

/** Reads text as the file `a.conf`, beside other files. */
export function read(text: string, options: ReadOptions & { files?: Record<string, string> } = {}): ReadResult {
  const files = new Map([['a.conf', text], ...Object.entries(options.files ?? {})]);
  return readHttpdConf('a.conf', memoryFiles(files), options);
}

/** The definition of a text that must have no error; a listener is put before it. */
export function definitionOf(text: string, options: ReadOptions = {}): Definition {
  const result = read(`Listen 8080\n${text}`, options);
  if (result.definition === undefined) throw new Error(messages(result).join('\n'));
  return result.definition;
}

/** All messages as people see them. */
export function messages(result: ReadResult): readonly string[] {
  return result.diagnostics.map(formatDiagnostic);
}

/** Messages of a text read after `Listen 8080` in its first line. */
export function messagesOf(text: string, options: ReadOptions = {}): readonly string[] {
  return messages(read(`Listen 8080\n${text}`, options));
}
