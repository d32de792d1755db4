/**
 * Modules of httpd whose directives are understood here: `<IfModule>` is true for these, by file name or identifier, and false for
 * all others.
 */
const MODULES: readonly (readonly [file: string, identifier: string])[] = [
  ['core.c', 'core_module'],
  ['http_core.c', 'http_module'],
  ['mod_so.c', 'so_module'],
  ['mod_version.c', 'version_module'],
  ['mod_unixd.c', 'unixd_module'],
  ['mod_authz_core.c', 'authz_core_module'],
  ['mod_reqtimeout.c', 'reqtimeout_module'],
  ['mod_proxy.c', 'proxy_module'],
  ['mod_proxy_http.c', 'proxy_http_module'],
  ['mod_proxy_wstunnel.c', 'proxy_wstunnel_module'],
  ['mod_proxy_balancer.c', 'proxy_balancer_module'],
  ['mod_proxy_hcheck.c', 'proxy_hcheck_module'],
  ['mod_watchdog.c', 'watchdog_module'],
  ['mod_lbmethod_byrequests.c', 'lbmethod_byrequests_module'],
  ['mod_lbmethod_bytraffic.c', 'lbmethod_bytraffic_module'],
  ['mod_lbmethod_bybusyness.c', 'lbmethod_bybusyness_module'],
  ['mod_slotmem_shm.c', 'slotmem_shm_module'],
  ['mod_slotmem_plain.c', 'slotmem_plain_module'],
];

const NAMES: ReadonlySet<string> = new Set(MODULES.flat());

/** Whether `<IfModule name>` is true. */
export function hasModule(name: string): boolean {
  return NAMES.has(name);
}

/** Both names of a module that `LoadModule identifier path/mod_x.so` loads. */
export function namesOfLoaded(identifier: string, path: string): readonly string[] {
  const file = /([^/\\]+)\.so$/.exec(path)?.[1];
  return file === undefined ? [identifier] : [identifier, `${file}.c`];
}
