/**
 * Where nodes accept client connections.
 *
 * @source `Listen [IP-address:]portnumber` (mpm_common)
 */
export type Listener = {
  /** IP literal without brackets, or `*` for every address of the machine. */
  readonly address: string;
  /** 1..65535 */
  readonly port: number;
};

/** A listener's identity: `*:8080`, `127.0.0.1:80`, `[::1]:80`. */
export function listenerId({ address, port }: Listener): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
