/** Owner of the plain workers of a virtual host, as counters, rows and reports name it: no balancer's id. */
export function plainOwner(virtualHostId: string): string {
  return `${virtualHostId}${SUFFIX}`;
}

export function isPlainOwner(owner: string): boolean {
  return owner.endsWith(SUFFIX);
}

const SUFFIX = '!plain';
