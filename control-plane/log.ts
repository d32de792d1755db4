import type { LogCode } from '#shared/log-codes.ts';

/** Fields of a log line; `code` says which place logged it. */
export type LogFields = { readonly code: LogCode } & Readonly<Record<string, unknown>>;

/** pino's logger, as far as it is used: fields first, then a message in words. */
export type Logger = {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
};
