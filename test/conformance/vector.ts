import { readdirSync, readFileSync } from 'node:fs';
import type { BackendState } from '#test/support/backend.ts';

/** One recorded scenario; `vectors/README.md` explains every field. */
export type Vector = {
  readonly name: string;
  readonly description: string;
  readonly workers: number;
  readonly config: readonly string[];
  readonly steps: readonly Step[];
  /** One per step; null where there is nothing to observe. */
  readonly observed: readonly (Observed | null)[];
};

export type Step = {
  readonly op?:
    | 'request'
    | 'begin'
    | 'release'
    | 'backends'
    | 'sleep'
    | 'probes'
    | 'health'
    | 'state'
    | 'restart'
    | 'manager';
  readonly backends?: Readonly<Record<string, BackendState>>;
  readonly path?: string;
  readonly method?: string;
  readonly version?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly bodySize?: number;
  readonly chunked?: boolean;
  readonly connection?: string;
  readonly tunnelSend?: string;
  readonly id?: string;
  readonly ms?: number;
  readonly worker?: string;
  readonly count?: number;
  readonly graceful?: boolean;
  readonly params?: Readonly<Record<string, string>>;
  readonly nonce?: string | null;
  readonly referer?: string | null;
  readonly selectHeaders?: readonly string[];
  readonly state?: boolean;
};

export type Observed = {
  readonly status?: number | null;
  readonly worker?: string | null;
  readonly received?: readonly string[];
  readonly attempts?: readonly string[];
  readonly headers?: readonly (readonly [string, string])[];
  readonly reason?: string;
  readonly body?: string;
  readonly bodyComplete?: boolean;
  readonly interim?: readonly number[];
  readonly backendTarget?: readonly string[];
  readonly backendRequest?: readonly BackendRequest[];
  readonly backendConn?: readonly { readonly worker: string; readonly conn: number; readonly nthOnConn: number }[];
  readonly elapsedMs?: number;
  readonly clientConnection?: string;
  readonly tunnelReceived?: string;
  readonly state?: Readonly<Record<string, MemberState>>;
};

export type BackendRequest = {
  readonly worker: string;
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly bodyLength: number;
};

/** A member as a state snapshot shows it. */
export type MemberState = {
  readonly status: string;
  readonly loadfactor: number;
  readonly lbstatus: number;
  readonly lbset: number;
  readonly elected: number;
  readonly busy: number;
  readonly transferred: number;
  readonly read: number;
  readonly retries: number;
  readonly route?: string;
};

const FOLDER = new URL('./vectors/', import.meta.url);

/** Every recorded scenario, by name. */
export function loadVectors(): Vector[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json') && file !== 'config-errors.json')
    .sort()
    .map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Vector);
}

/** One setting of the recorded configuration test, and whether httpd took it. */
export type ConfigCase = {
  readonly where: 'member' | 'plain ProxyPass' | 'balancer' | 'directive';
  readonly setting: string;
  readonly accepted: boolean;
};

export function loadConfigCases(): ConfigCase[] {
  const file = readFileSync(new URL('config-errors.json', FOLDER), 'utf8');
  return (JSON.parse(file) as { readonly cases: readonly ConfigCase[] }).cases.slice();
}
