import { type ConditionKind, conditionKind, evaluateCondition, type Facts } from './conditions.ts';
import type { ConfFiles } from './conf-files.ts';
import type { Diagnostics, Position } from './diagnostic.ts';
import { expandInclude } from './include.ts';
import { type LogicalLine, logicalLines, nextWord, positionAt, type Word, words } from './lexer.ts';
import { hasModule, namesOfLoaded } from './modules.ts';
import type { Variables } from './variables.ts';

/** A directive or section as data; includes and conditions are already resolved. */
export type Directive = Position & {
  /** As written, without `<`. */
  readonly name: string;
  readonly args: readonly Word[];
  /** Present for a section. */
  readonly children?: readonly Directive[];
};

/** How messages call a directive: `ProxyPass`, `<Proxy>`. */
export function labelOf(directive: Pick<Directive, 'name' | 'children'>): string {
  return directive.children === undefined ? directive.name : `<${directive.name}>`;
}

export type ParserInput = {
  readonly files: ConfFiles;
  readonly variables: Variables;
  readonly diagnostics: Diagnostics;
  /** For `<IfDirective>` and `<IfSection>`: whether the reader knows the name. */
  readonly knows: (name: string, section: boolean) => boolean;
};

/** @source AP_MAX_INCLUDE_DEPTH, and bounds of our own on what a few lines can ask for */
const MAX_INCLUDE_DEPTH = 100;
const MAX_FILES = 10_000;
const MAX_SECTION_DEPTH = 100;

/**
 * Reads a file and everything it includes into a tree. As in httpd, Define, Include and conditions act while reading, line by line,
 * and sections begin and end in the same file. Every mistake is reported and reading goes on.
 *
 * @returns undefined when the file cannot be read
 */
export function parseConf(path: string, input: ParserInput): readonly Directive[] | undefined {
  const parser = new Parser(input);
  const read = input.files.read(path);
  if ('error' in read) {
    input.diagnostics.error({ file: path, line: 1, column: 1 }, '', `cannot read the file: ${read.error}`);
    return undefined;
  }
  // The name that an Include of the same file would have.
  const identity = input.files.resolve(path, path.slice(path.lastIndexOf('/') + 1));
  return parser.parseFile(path, read.text, identity);
}

type Frame = {
  readonly name: string;
  readonly at: Position;
  /** `taken` and `skipped` are conditions and what lies in a skipped one; they leave no trace in the tree. */
  readonly kind: 'section' | 'taken' | 'skipped';
  readonly children: Directive[];
};

class Parser {
  readonly #input: ParserInput;
  readonly #facts: Facts;
  /** Files being read, outermost first. */
  readonly #open: string[] = [];
  /** Modules that LoadModule named. */
  readonly #loaded = new Set<string>();
  #filesRead = 0;

  constructor(input: ParserInput) {
    this.#input = input;
    this.#facts = {
      isDefined: (name) => input.variables.isDefined(name),
      hasModule,
      hasFile: (base, path) => {
        const absolute = input.files.resolve(base, path);
        return 'text' in input.files.read(absolute) || input.files.glob(absolute).length > 0;
      },
      knows: input.knows,
    };
  }

  parseFile(path: string, text: string, identity = path): readonly Directive[] {
    this.#open.push(identity);
    this.#filesRead++;
    const root: Frame = { name: '', at: { file: path, line: 1, column: 1 }, kind: 'section', children: [] };
    const stack: Frame[] = [];
    for (const raw of logicalLines(text, path)) {
      const top = stack.at(-1) ?? root;
      const line = top.kind === 'skipped' ? raw : this.#input.variables.expand(raw);
      if (line !== undefined) this.#readLine(line, top, stack);
    }
    for (const frame of stack.reverse()) {
      this.#input.diagnostics.error(frame.at, `<${frame.name}>`, `is not closed: </${frame.name}> is missing`);
    }
    this.#open.pop();
    return root.children;
  }

  #readLine(line: LogicalLine, top: Frame, stack: Frame[]): void {
    const first = nextWord(line, 0);
    if (first === undefined) return;
    const { word, next } = first;
    if (word.value.startsWith('</')) this.#close(line, word, stack);
    else if (word.value.startsWith('<')) this.#openSection(line, word, next, top, stack);
    else if (top.kind !== 'skipped') this.#directive(line, word, next, top);
  }

  #openSection(line: LogicalLine, word: Word, next: number, top: Frame, stack: Frame[]): void {
    const name = word.value.slice(1).replace(/>$/, '');
    const at = positionAt(line, 0);
    const { diagnostics } = this.#input;
    if (top.kind === 'skipped') {
      stack.push({ name, at, kind: 'skipped', children: [] });
      return;
    }
    const label = `<${name}>`;
    const end = this.#sectionEnd(line, next, label);
    const condition = conditionKind(name);
    if (stack.length >= MAX_SECTION_DEPTH) {
      diagnostics.error(at, label, `sections are nested more than ${MAX_SECTION_DEPTH} deep`);
      stack.push({ name, at, kind: 'skipped', children: [] });
    } else if (condition !== undefined) {
      const taken = this.#evaluate(condition, line, at, next, end, label);
      stack.push({ name, at, kind: taken ? 'taken' : 'skipped', children: top.children });
    } else {
      const args = words(line, next, end);
      this.#checkQuotes(args, label);
      const children: Directive[] = [];
      top.children.push({ ...at, name, args, children });
      stack.push({ name, at, kind: 'section', children });
    }
  }

  /** Where the section's arguments end: at the last `>` of the line. */
  #sectionEnd(line: LogicalLine, next: number, label: string): number {
    const { diagnostics } = this.#input;
    const end = line.text.lastIndexOf('>');
    if (end < 0) {
      diagnostics.error(positionAt(line, line.text.length - 1), label, "the closing '>' is missing");
      return line.text.length;
    }
    const after = line.text.slice(end + 1).trim();
    if (after.startsWith('#')) {
      diagnostics.warning(
        positionAt(line, end + 1),
        label,
        'text after the closing > is not read; put comments on their own line',
      );
    } else if (after !== '') {
      diagnostics.error(positionAt(line, end + 1), label, `"${after}" after the closing > belongs on the next line`);
    }
    return Math.max(end, Math.min(next, line.text.length));
  }

  #evaluate(kind: ConditionKind, line: LogicalLine, at: Position, next: number, end: number, label: string): boolean {
    const { diagnostics } = this.#input;
    const negated = kind !== 'ifversion' && line.text[next] === '!';
    const args = words(line, negated ? next + 1 : next, end);
    const answer = evaluateCondition(kind, args, line.file, this.#facts);
    if (typeof answer !== 'boolean') {
      diagnostics.error(args[0] ?? at, label, answer.error);
      return false;
    }
    const name = args[0]?.value ?? '';
    if (kind === 'ifmodule' && !answer && !negated) {
      if (this.#loaded.has(name)) {
        const message = `${name} is loaded in httpd but is no part of this gateway; the section is skipped`;
        diagnostics.warning(args[0] ?? at, label, message, { value: name });
      }
      diagnostics.ignore(at, label, `${name} is no part of this gateway, so the section is skipped`);
    }
    return answer !== negated;
  }

  #close(line: LogicalLine, word: Word, stack: Frame[]): void {
    const { diagnostics } = this.#input;
    const at = positionAt(line, 0);
    const written = line.text.slice(2).trim();
    const name = written.replace(/\s*>$/, '');
    const label = `</${name}>`;
    if (!written.endsWith('>')) diagnostics.error(at, word.value, "the closing '>' is missing");
    const matches = (frame: Frame) => frame.name.toLowerCase() === name.toLowerCase();
    const index = stack.findLastIndex(matches);
    if (index < 0) {
      const open = stack.at(-1);
      const message =
        open === undefined ? 'no section is open' : `the open section is <${open.name}> of ${lineOf(open.at, at)}`;
      diagnostics.error(at, label, `closes nothing: ${message}`);
      return;
    }
    for (const frame of stack.splice(index).slice(1).reverse()) {
      const message = `is not closed: </${frame.name}> is missing before ${label} in ${lineOf(at, frame.at)}`;
      diagnostics.error(frame.at, `<${frame.name}>`, message);
    }
  }

  #directive(line: LogicalLine, word: Word, next: number, top: Frame): void {
    const at = positionAt(line, 0);
    const args = words(line, next);
    const directive = { ...at, name: word.value, args };
    const { diagnostics, variables } = this.#input;
    this.#checkQuotes(args, word.value);
    const [first, second] = args.map(({ value }) => value);
    switch (word.value.toLowerCase()) {
      case 'define':
      case 'undefine': {
        const most = word.value.length === 'define'.length ? 2 : 1;
        if (first === undefined || first === '' || args.length > most) {
          diagnostics.error(at, word.value, most === 2 ? 'wants a name and perhaps a value' : 'wants one name');
        } else if (first.includes(':')) {
          diagnostics.error(args[0] ?? at, word.value, 'a name must not contain ":"', { value: first });
        } else if (most === 2) variables.define(first, second ?? '');
        else variables.undefine(first);
        return;
      }
      case 'include':
      case 'includeoptional':
        for (const child of this.#include(directive)) top.children.push(child);
        return;
      case 'error':
        diagnostics.error(at, word.value, args.map(({ value }) => value).join(' ') || 'was used without a message');
        return;
      case 'warning':
        diagnostics.warning(at, word.value, args.map(({ value }) => value).join(' ') || 'was used without a message');
        return;
      case 'loadmodule':
        for (const name of namesOfLoaded(first ?? '', second ?? '')) this.#loaded.add(name);
        break;
    }
    top.children.push(directive);
  }

  #include(directive: Directive): readonly Directive[] {
    const { diagnostics, files } = this.#input;
    const [target] = directive.args;
    if (target === undefined || target.value === '' || directive.args.length > 1) {
      diagnostics.error(directive, directive.name, 'wants one path');
      return [];
    }
    const included: Directive[] = [];
    const optional = directive.name.toLowerCase() === 'includeoptional';
    for (const file of expandInclude(files, directive.file, target.value, optional)) {
      const report = (message: string) => diagnostics.error(target, directive.name, message, { value: target.value });
      if ('error' in file) report(file.error);
      else if (this.#open.includes(file.path)) {
        report(`${file.path} includes itself: ${[...this.#open, file.path].join(' > ')}`);
      } else if (this.#open.length >= MAX_INCLUDE_DEPTH)
        report(`files are included more than ${MAX_INCLUDE_DEPTH} deep`);
      else if (this.#filesRead >= MAX_FILES) report(`more than ${MAX_FILES} files are included`);
      else for (const child of this.parseFile(file.path, file.text)) included.push(child);
    }
    return included;
  }

  #checkQuotes(args: readonly Word[], label: string): void {
    for (const word of args) {
      if (word.unterminated)
        this.#input.diagnostics.error(word, label, 'the closing quote is missing', { value: word.value });
    }
  }
}

/** `line 7`, with the file's name when it is another one. */
function lineOf(at: Position, seenFrom: Position): string {
  return at.file === seenFrom.file ? `line ${at.line}` : `line ${at.line} of ${at.file}`;
}
