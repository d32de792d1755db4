/**
 * How the reader gets at files: the reader itself does no I/O. Whoever implements it decides what may be read at all; a server
 * that reads on behalf of a client must confine it to what the client sent.
 */
export type ConfFiles = {
  /** Whole text of a file, or why there is none (missing, a directory, not allowed). */
  read(path: string): { readonly text: string } | { readonly error: string };
  /** Files and directories matching a pattern of `*`, `?` and `[…]`, absolute, sorted; none when nothing matches. */
  glob(pattern: string): readonly string[];
  /** A path as written in `baseFile`, made absolute: relative ones start at that file's directory. */
  resolve(baseFile: string, path: string): string;
};
