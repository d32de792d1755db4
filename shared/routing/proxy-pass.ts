const SLASH = 0x2f;

/**
 * A prefix rule's path with runs of `/` collapsed: as a run in the prefix answers to a run of any length in the path, the two
 * compare as plain text once both are collapsed.
 */
export function compilePrefix(path: string): string {
  return path.replace(/\/\/+/g, '/');
}

/**
 * How much of a normalised path a prefix rule matches. The text must be equal, and a prefix that does not end in `/` must end
 * where a segment does.
 *
 * @param path normalised path, so without `//`
 * @param prefix as `compilePrefix` gives it
 * @returns number of characters matched; 0 = no match
 * @source mod_proxy.c:alias_match, of which this is the short form for normalised paths
 */
export function matchPrefix(path: string, prefix: string): number {
  const length = prefix.length;
  if (length === 0 || !path.startsWith(prefix)) return 0;
  if (path.length === length || prefix.charCodeAt(length - 1) === SLASH) return length;
  return path.charCodeAt(length) === SLASH ? length : 0;
}

/**
 * The same for any text, a raw request target for instance: a run of `/` in the prefix matches a run of any length.
 *
 * @returns number of characters of `text` matched, which may be more than the prefix has; 0 = no match
 * @source mod_proxy.c:alias_match
 */
export function aliasMatch(text: string, prefix: string): number {
  let at = 0;
  let from = 0;
  while (from < prefix.length && at < text.length) {
    const wanted = prefix.charCodeAt(from);
    if (text.charCodeAt(at) !== wanted) return 0;
    if (wanted === SLASH) {
      while (prefix.charCodeAt(from) === SLASH) from++;
      while (text.charCodeAt(at) === SLASH) at++;
    } else {
      from++;
      at++;
    }
  }
  if (from < prefix.length) return 0;
  const endsInside = at < text.length && text.charCodeAt(at) !== SLASH;
  return endsInside && prefix.charCodeAt(prefix.length - 1) !== SLASH ? 0 : at;
}
