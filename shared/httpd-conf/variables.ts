import type { Diagnostics } from './diagnostic.ts';
import { type LogicalLine, type Piece, positionAt } from './lexer.ts';

/** Characters a line may have after expansion; Define can double a text in every line. */
const MAX_LINE = 1_048_576;

/** Names set by Define, and the `${NAME}` that stand for them. */
export class Variables {
  readonly #defined: Map<string, string>;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #diagnostics: Diagnostics;

  /** @param defined names defined from outside, as with `-D`; '' means defined without a value */
  constructor(
    defined: ReadonlyMap<string, string>,
    environment: Readonly<Record<string, string | undefined>>,
    diagnostics: Diagnostics,
  ) {
    this.#defined = new Map(defined);
    this.#environment = environment;
    this.#diagnostics = diagnostics;
  }

  isDefined(name: string): boolean {
    return this.#defined.has(name);
  }

  /** A name defined twice keeps the newer value; without a value it keeps what it had. */
  define(name: string, value: string): void {
    if (value !== '' || !this.#defined.has(name)) this.#defined.set(name, value);
  }

  undefine(name: string): void {
    this.#defined.delete(name);
  }

  /**
   * Replaces every `${NAME}` and `${NAME?=default}`, once: what comes in is not looked at again. Names that mean nothing stay as
   * they are, with a warning; names with a colon belong to RewriteMap and stay without one.
   *
   * @returns the line, or undefined when it grew too long, which has been reported
   * @source core.c:ap_resolve_env
   */
  expand(line: LogicalLine): LogicalLine | undefined {
    const { text } = line;
    if (!text.includes('${')) return line;
    const pieces: Piece[] = [];
    let result = '';
    let copied = 0;
    const copyTo = (end: number) => {
      if (end <= copied) return;
      const inside = line.pieces.filter(({ offset }) => offset > copied && offset < end);
      for (const piece of [{ ...positionAt(line, copied), offset: copied }, ...inside]) {
        pieces.push({ offset: result.length + piece.offset - copied, line: piece.line, column: piece.column });
      }
      result += text.slice(copied, end);
      copied = end;
    };
    for (const match of text.matchAll(/\$\{([^}]*)\}/g)) {
      const value = this.#valueOf(match[1] ?? '', line, match.index);
      if (value === undefined) continue;
      copyTo(match.index);
      const { line: at, column } = positionAt(line, match.index);
      pieces.push({ offset: result.length, line: at, column, fixed: true });
      result += value;
      copied = match.index + match[0].length;
      if (result.length > MAX_LINE) {
        const where = positionAt(line, match.index);
        this.#diagnostics.error(where, '', `the line has more than ${MAX_LINE} characters after replacing variables`);
        return undefined;
      }
    }
    copyTo(text.length);
    return { file: line.file, text: result, pieces };
  }

  #valueOf(reference: string, line: LogicalLine, offset: number): string | undefined {
    const mark = reference.indexOf('?=');
    const name = mark < 0 ? reference : reference.slice(0, mark);
    const defined = this.#defined.get(name);
    if (defined !== undefined && defined !== '') return defined;
    // hasOwn: a name such as `constructor` must not find what every object has.
    const fromOutside = Object.hasOwn(this.#environment, name) ? this.#environment[name] : undefined;
    if (fromOutside !== undefined) return fromOutside;
    if (mark >= 0) return reference.slice(mark + 2);
    if (!name.includes(':')) {
      const at = positionAt(line, offset);
      this.#diagnostics.warning(at, '', `variable \${${name}} is not defined; it stays as it is`, { value: name });
    }
    return undefined;
  }
}
