import type { Backend } from '#test/support/backend.ts';
import type { MemberState, Step } from './vector.ts';

/** A gateway under test, as replaying needs it. One is started per vector. */
export type Gateway = {
  readonly port: number;
  /** Members of every balancer by worker URL; of a URL in two balancers, the last. */
  state(): Promise<ReadonlyMap<string, MemberState>>;
  /** Forgets the attempts so far. */
  markAttempts(): Promise<void>;
  /** Worker URLs of the members elected since the mark. */
  attempts(): Promise<Attempts>;
  /** Does what a balancer-manager form would. @returns the status answered */
  manage(step: Step, params: Readonly<Record<string, string>>): Promise<number>;
  restart(graceful: boolean): Promise<void>;
  stop(): Promise<void>;
};

/** `ordered` is false where the gateway tells only how often each member was elected. */
export type Attempts = { readonly urls: readonly string[]; readonly ordered: boolean };

/** Starts a gateway on configuration lines whose placeholders are filled in. */
export type StartGateway = (config: readonly string[], port: number) => Promise<Gateway>;

export const SERVER_NAME = 'proxy.example.test';

/** The test bed's own lines, before those of the vector. */
export function bedLines(port: number): string[] {
  return [
    `Listen 127.0.0.1:${port}`,
    `ServerName ${SERVER_NAME}`,
    'Timeout 5',
    'KeepAliveTimeout 5',
    'ProxyPass "/balancer-manager" "!"',
  ];
}

/** Fills in `{{Wn}}`, `{{Wn.hostport}}`, `{{Wn.port}}` and `{{PROXYHOST}}`. */
export function fillIn(text: string, backends: readonly Backend[], port: number): string {
  return text.replace(/\{\{(?:W(\d+)(\.hostport|\.port)?|PROXYHOST)\}\}/g, (all, number?: string, part?: string) => {
    if (number === undefined) return `${SERVER_NAME}:${port}`;
    const backend = backends[Number(number) - 1];
    if (backend === undefined) throw new Error(`${all} names a backend that doesn't exist`);
    if (part === '.hostport') return backend.hostport;
    return part === '.port' ? String(backend.port) : backend.url;
  });
}

/** Puts `{{Wn}}`, `{{Wn.hostport}}` and `{{Wn.port}}` back for what they stand for. */
export function takeOut(text: string, backends: readonly Backend[]): string {
  let result = text;
  for (const [index, backend] of backends.entries()) {
    const placeholder = `W${index + 1}`;
    result = result
      .replaceAll(backend.url, `{{${placeholder}}}`)
      .replaceAll(backend.hostport, `{{${placeholder}.hostport}}`)
      .replaceAll(`:${backend.port}`, `:{{${placeholder}.port}}`);
  }
  return result;
}

/** Name of the backend a worker URL leads to, if it leads to one. */
export function backendName(url: string, backends: readonly Backend[]): string | undefined {
  return backends.find((backend) => new URL(url).host === backend.hostport)?.name;
}
