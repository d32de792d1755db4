/** What a command gets from its surroundings. */
export type CliContext = {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
};

/** Exit codes: done; refused or failed; called wrongly. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** Ends a command: its text goes to standard error as it is, without a stack. */
export class CliFailure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.name = 'CliFailure';
    this.exitCode = exitCode;
  }
}

export function usage(message: string): CliFailure {
  return new CliFailure(message, EXIT.usage);
}
