export type OperatingErrorCode =
  /** The data directory or an address is in use. */
  | 'in-use'
  /** A store of another fleet, of a newer build, or none at all. */
  | 'wrong-store'
  /** Stored commits do not verify. */
  | 'corrupt-store'
  /** The store cannot be read or written now. */
  | 'store-unavailable'
  /** The store has gone back behind what was acknowledged, or holds another history: nothing is written until it is repaired. */
  | 'store-regressed'
  /** Commits were trimmed that would be needed. */
  | 'history-trimmed'
  /** The store did not say whether it took a commit. The same command with the same idempotency key finds out. */
  | 'outcome-unknown'
  /** The idempotency key belongs to another command. */
  | 'key-reused'
  | 'closed'
  /** Settings that cannot work. */
  | 'bad-config'
  /** The control plane cannot be reached, or did not answer. */
  | 'unreachable';

/** A fault of operation: nothing we got wrong, nothing a caller asked wrongly. The message is fit for an operator. */
export class OperatingError extends Error {
  readonly code: OperatingErrorCode;
  readonly source = 'internal';
  readonly retryable: boolean;

  constructor(code: OperatingErrorCode, message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OperatingError';
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
