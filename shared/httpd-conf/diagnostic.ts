/** A place in a configuration; line and column count from 1. */
export type Position = { readonly file: string; readonly line: number; readonly column: number };

/** Something wrong, or worth knowing, with its place. */
export type Diagnostic = Position & {
  readonly severity: 'error' | 'warning';
  /** As written; sections as `<Proxy>`; '' when a whole file is meant. */
  readonly directive: string;
  /** The word at fault. */
  readonly value?: string;
  readonly message: string;
  /** What was most likely meant. */
  readonly suggestion?: string;
};

/** A directive or parameter that was accepted and has no effect here. */
export type IgnoredDirective = Position & { readonly directive: string; readonly reason: string };

/** One line for people: `gateway.conf:12:3: error: ProxyPas: unknown directive; did you mean ProxyPass?` */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, directive, message, suggestion } = diagnostic;
  const subject = directive === '' ? '' : `${directive}: `;
  const meant = suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
  return `${file}:${line}:${column}: ${severity}: ${subject}${message}${meant}`.replace(CONTROL, escaped);
}

/** A file's text must not steer the terminal that shows it. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** Mistakes reported at most; a file that isn't a configuration at all has one on every line. */
export const MAX_DIAGNOSTICS = 1_000;

/** Collects what is found, in the order it is found. */
export class Diagnostics {
  readonly found: Diagnostic[] = [];
  readonly ignored: IgnoredDirective[] = [];
  #errors = 0;

  get failed(): boolean {
    return this.#errors > 0;
  }

  error(at: Position, directive: string, message: string, more: Details = {}): void {
    this.#errors++;
    this.#add({ ...place(at), severity: 'error', directive, message, ...more });
  }

  warning(at: Position, directive: string, message: string, more: Details = {}): void {
    this.#add({ ...place(at), severity: 'warning', directive, message, ...more });
  }

  ignore(at: Position, directive: string, reason: string): void {
    if (this.ignored.length < MAX_DIAGNOSTICS) this.ignored.push({ ...place(at), directive, reason });
  }

  #add(diagnostic: Diagnostic): void {
    if (this.found.length < MAX_DIAGNOSTICS) this.found.push(diagnostic);
    else if (this.found.length === MAX_DIAGNOSTICS) {
      const message = `more than ${MAX_DIAGNOSTICS} messages; the rest is not shown`;
      this.found.push({ ...place(diagnostic), severity: diagnostic.severity, directive: '', message });
    }
  }
}

type Details = { readonly value?: string; readonly suggestion?: string };

/** A position alone, from anything that has one. */
function place({ file, line, column }: Position): Position {
  return { file, line, column };
}
