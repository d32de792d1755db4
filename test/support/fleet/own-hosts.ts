/**
 * Loaded into a node before anything else (`--import`): gives it host names of its own, so that one configuration leads nodes of
 * different places to different addresses. `PENSTOCK_TEST_HOSTS` holds them as JSON: `{"far.example.test": "127.0.0.2"}`.
 */
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

const NAMES = 'PENSTOCK_TEST_HOSTS';

/** Environment of a node with these names. */
export function ownHostsEnv(hosts: Readonly<Record<string, string>>): Record<string, string> {
  return { [NAMES]: JSON.stringify(hosts), NODE_OPTIONS: `--import=${import.meta.url}` };
}

const names = process.env[NAMES];
if (names !== undefined) {
  const hosts = JSON.parse(names) as Readonly<Record<string, string>>;
  const lookup = dns.lookup as (...args: unknown[]) => void;
  dns.lookup = ((...args: unknown[]) =>
    lookup(hosts[String(args[0])] ?? args[0], ...args.slice(1))) as typeof dns.lookup;
  syncBuiltinESMExports();
}
