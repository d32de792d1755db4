import { connectionOptions } from '../http1/body-framing.ts';
import type { RequestHead } from '../http1/request-head.ts';

/**
 * The protocol a client may upgrade to on this worker, as the client wrote it; undefined: an ordinary request.
 *
 * @param allowed the worker's `upgrade=`: empty for none, `ANY`, or a comma list
 * @source mod_proxy_http `upgrade=`; RFC 9110 7.8
 */
export function requestedUpgrade(head: RequestHead, allowed: string): string | undefined {
  if (allowed === '' || head.versionMinor === 0) return undefined;
  const protocol = head.fields.get('upgrade');
  if (protocol === undefined || !connectionOptions(head.fields).upgrade) return undefined;
  return upgradeAllowed(protocol, allowed) ? protocol : undefined;
}

/** Whether `upgrade=` names this protocol. */
export function upgradeAllowed(protocol: string, allowed: string): boolean {
  if (allowed === '') return false;
  if (allowed.toUpperCase() === 'ANY') return true;
  const wanted = protocol.toLowerCase();
  return allowed.split(',').some((token) => token.trim().toLowerCase() === wanted);
}
