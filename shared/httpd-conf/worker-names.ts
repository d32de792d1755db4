/** How a plain worker's name covers URLs: as a literal beginning, or with `$n` standing for any text (rules by regex). */
export type NameKind = 'prefix' | 'pattern';

/**
 * Names of workers in order of creation, and which of them covers a URL. A name covers every URL that begins with it; of several
 * the longest counts, of equally long ones the first. There is no path-segment boundary.
 *
 * @source proxy_util.c:ap_proxy_get_worker_ex, worker_matches
 */
export class WorkerNames<T> {
  readonly #prefixes = new Names<T>();
  readonly #patterns = new Names<{ readonly name: string; readonly value: T }[]>();

  add(name: string, kind: NameKind, value: T): void {
    if (kind === 'prefix') {
      if (this.#prefixes.get(name) === undefined) this.#prefixes.set(name, value);
      return;
    }
    const literal = literalStart(name);
    const sameStart = this.#patterns.get(literal) ?? [];
    if (sameStart.length === 0) this.#patterns.set(literal, sameStart);
    sameStart.push({ name, value });
  }

  /** @param kind which names to look at; both when absent */
  find(url: string, kind?: NameKind): T | undefined {
    const prefix = kind === 'pattern' ? undefined : this.#prefixes.longest(url, authorityEnd(url));
    const pattern = kind === 'prefix' ? undefined : this.#findPattern(url);
    if (prefix === undefined || pattern === undefined) return (prefix ?? pattern)?.value;
    return pattern.length > prefix.length ? pattern.value : prefix.value;
  }

  #findPattern(url: string): Found<T> | undefined {
    let best: Found<T> | undefined;
    const minimum = authorityEnd(url);
    for (const candidates of this.#patterns.starting(url)) {
      for (const { name, value } of candidates) {
        const length = name.length;
        if (length > url.length || length <= (best?.length ?? 0)) continue;
        // A name with `$n` in its host may be shorter than the URL's host.
        if (length < minimum && !/\$\d/.test(name.slice(0, authorityEnd(name)))) continue;
        if (patternCovers(name, url)) best = { length, value };
      }
    }
    return best;
  }
}

type Found<T> = { readonly length: number; readonly value: T };

/** Texts with values, found by being the beginning of another text: one look per distinct length. */
class Names<T> {
  readonly #values = new Map<string, T>();
  /** Distinct lengths, longest first. */
  #lengths: number[] = [];

  get(name: string): T | undefined {
    return this.#values.get(name);
  }

  set(name: string, value: T): void {
    this.#values.set(name, value);
    if (!this.#lengths.includes(name.length)) {
      this.#lengths = [...this.#lengths, name.length].sort((a, b) => b - a);
    }
  }

  longest(text: string, minimum: number): Found<T> | undefined {
    for (const length of this.#lengths) {
      if (length > text.length) continue;
      if (length < minimum) return undefined;
      const value = this.#values.get(text.slice(0, length));
      if (value !== undefined) return { length, value };
    }
    return undefined;
  }

  *starting(text: string): Generator<T> {
    for (const length of this.#lengths) {
      const value = length > text.length ? undefined : this.#values.get(text.slice(0, length));
      if (value !== undefined) yield value;
    }
  }
}

/** Length of `scheme://host:port`. */
function authorityEnd(url: string): number {
  const slash = url.indexOf('/', url.indexOf('://') + 3);
  return slash < 0 ? url.length : slash;
}

function literalStart(name: string): string {
  const reference = name.search(/\$\d/);
  return reference < 0 ? name : name.slice(0, reference);
}

/** The end is open, so the leftmost place of each literal part is as good as any. @source ap_proxy_strcmp_ematch */
function patternCovers(name: string, url: string): boolean {
  const [first = '', ...rest] = name.split(/(?:\$\d)+/);
  if (!url.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = url.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return true;
}
