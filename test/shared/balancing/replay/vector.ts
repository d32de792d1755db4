import { readdirSync, readFileSync } from 'node:fs';

/** One scenario recorded from httpd; the fields are described in test/conformance/vectors/README.md. */
export type Vector = {
  readonly name: string;
  readonly description: string;
  readonly config: readonly string[];
  readonly steps: readonly Step[];
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
  readonly backends?: Readonly<Record<string, string | BackendState>>;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly bodySize?: number;
  readonly connection?: string;
  readonly id?: string;
  readonly ms?: number;
  readonly params?: Readonly<Record<string, string>>;
  readonly nonce?: string | null;
  readonly referer?: string | null;
};

export type BackendState = {
  readonly mode?: string;
  readonly status?: number;
  readonly raw?: string;
  readonly truncateAt?: number;
  readonly connClose?: boolean;
};

export type Observed = {
  readonly status?: number | null;
  readonly worker?: string | null;
  readonly attempts?: readonly string[];
  readonly elapsedMs?: number;
  readonly bodyComplete?: boolean;
  readonly headers?: readonly (readonly [string, string])[];
  readonly state?: Readonly<Record<string, MemberState>>;
};

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

const FOLDER = new URL('../../../conformance/vectors/', import.meta.url);

/** All vectors whose configuration has a balancer, by name. */
export function balancerVectors(): Vector[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json') && file !== 'config-errors.json')
    .sort()
    .map((file): Vector => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')))
    .filter(({ config }) => config.some((line) => line.toLowerCase().includes('balancer://')));
}
