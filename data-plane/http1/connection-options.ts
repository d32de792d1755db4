import type { HeaderFields } from './header-fields.ts';
import { isToken, trimOws } from './tokens.ts';

/** What the Connection header asks for. */
export type ConnectionOptions = {
  readonly close: boolean;
  readonly keepAlive: boolean;
  readonly upgrade: boolean;
  /** Every option, in lower case, these three included: fields of these names stay on this connection. */
  readonly tokens: readonly string[];
};

const NO_OPTIONS = optionsOf([]);
const KEEP_ALIVE = optionsOf(['keep-alive']);
const CLOSE = optionsOf(['close']);

/**
 * Reads all Connection fields as one list. Elements that are no tokens ask for nothing and are left out.
 *
 * The tokens come from the peer: whoever removes the fields they name must keep those it routes or frames by, such as Host.
 *
 * @source RFC 9110 section 7.6.1
 */
export function connectionOptions(fields: HeaderFields): ConnectionOptions {
  const value = fields.joined('connection');
  if (value === undefined) return NO_OPTIONS;
  const lower = value.toLowerCase();
  if (lower === 'keep-alive') return KEEP_ALIVE;
  if (lower === 'close') return CLOSE;
  return optionsOf(lower.split(',').map(trimOws).filter(isToken));
}

function optionsOf(tokens: readonly string[]): ConnectionOptions {
  return Object.freeze({
    close: tokens.includes('close'),
    keepAlive: tokens.includes('keep-alive'),
    upgrade: tokens.includes('upgrade'),
    tokens: Object.freeze(tokens),
  });
}
