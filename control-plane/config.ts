import { readFileSync } from 'node:fs';
import { formatHostPort, type HostPort, isLoopback, parseHostPort } from './address.ts';
import { OperatingError } from './operating-error.ts';

/** Settings as they come, from the command line; the environment fills in what is absent. */
export type ConfigInput = {
  readonly fleet?: string;
  /** `HOST:PORT` of the admin API. */
  readonly admin?: string;
  readonly tokenFile?: string;
  /** Names, besides its address, that clients call the admin API by. */
  readonly allowedHosts?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** Everything the control plane can be told, checked and complete. Times are milliseconds. */
export type ControlPlaneConfig = {
  readonly fleet: string;
  readonly admin: HostPort;
  readonly token?: string;
  readonly allowedHosts: readonly string[];
  /** How long idempotency keys are remembered. */
  readonly commandRetentionMs: number;
  /** How long verdicts are kept behind the newest checkpoint. */
  readonly healthRetentionMs: number;
  readonly checkpointEvery: number;
  readonly maxWaitingCommands: number;
  readonly maxNodes: number;
  readonly publishRetryMs: number;
  /** How far apart health frames are at most. */
  readonly healthPeriodMs: number;
  /** How far apart counters are saved, and fleet traffic is published, at most. */
  readonly countersSaveMs: number;
  readonly trafficPeriodMs: number;
  /** Workers, and routes, with metrics of their own; the rest are summed up. */
  readonly maxMetricRows: number;
  /** How often the store is looked at for commits it may have lost. */
  readonly storeCheckMs: number;
  /** Longest `wait` of a request. */
  readonly maxWaitMs: number;
  /** Largest body of an apply, bytes; others may have `maxSmallBodyBytes`. */
  readonly maxDefinitionBodyBytes: number;
  readonly maxSmallBodyBytes: number;
};

export const DEFAULT_ADMIN = '127.0.0.1:7400';
export const DEFAULT_FLEET = 'default';

const MIN_TOKEN = 16;

/**
 * Reads the settings: command line first, then `PENSTOCK_TOKEN`, then defaults.
 *
 * @throws OperatingError `bad-config` that names every mistake
 */
export function controlPlaneConfig(input: ConfigInput): ControlPlaneConfig {
  const mistakes: string[] = [];
  const fleet = input.fleet ?? DEFAULT_FLEET;
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(fleet)) {
    mistakes.push(`fleet "${fleet}": want 1 to 64 letters, digits, - and _`);
  }
  const adminText = input.admin ?? DEFAULT_ADMIN;
  const admin = parseHostPort(adminText);
  if (admin === undefined) mistakes.push(`admin address "${adminText}": want HOST:PORT, for example ${DEFAULT_ADMIN}`);
  const token = readToken(input, mistakes);
  if (admin !== undefined && !isLoopback(admin.host) && token === undefined) {
    mistakes.push(
      `admin address ${formatHostPort(admin)} can be reached from other machines: set PENSTOCK_TOKEN or --token-file, or use 127.0.0.1`,
    );
  }
  if (mistakes.length > 0 || admin === undefined) throw new OperatingError('bad-config', mistakes.join('\n'));
  return Object.freeze({
    fleet,
    admin,
    ...(token === undefined ? {} : { token }),
    allowedHosts: input.allowedHosts ?? [],
    commandRetentionMs: 7 * 86_400_000,
    healthRetentionMs: 7 * 86_400_000,
    checkpointEvery: 500,
    maxWaitingCommands: 100,
    maxNodes: 10_000,
    publishRetryMs: 100,
    healthPeriodMs: 5_000,
    countersSaveMs: 5_000,
    trafficPeriodMs: 2_000,
    maxMetricRows: 2_000,
    storeCheckMs: 1_000,
    maxWaitMs: 600_000,
    maxDefinitionBodyBytes: 32 * 1024 * 1024,
    maxSmallBodyBytes: 64 * 1024,
  });
}

function readToken({ tokenFile, env }: ConfigInput, mistakes: string[]): string | undefined {
  let token = env.PENSTOCK_TOKEN;
  if (tokenFile !== undefined) {
    try {
      token = readFileSync(tokenFile, 'utf8').trim();
    } catch (err) {
      mistakes.push(`token file ${tokenFile} cannot be read: ${err instanceof Error ? err.message : err}`);
      return undefined;
    }
  }
  if (token === undefined || (token === '' && tokenFile === undefined)) return undefined;
  if (token.length < MIN_TOKEN || /\s/.test(token)) {
    const where = tokenFile === undefined ? 'PENSTOCK_TOKEN' : `token file ${tokenFile}`;
    mistakes.push(`${where}: want at least ${MIN_TOKEN} characters without blanks`);
    return undefined;
  }
  return token;
}
