import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { createInProcessBus, type InProcessBus } from '#shared/in-process-bus.ts';
import { type ConfigInput, controlPlaneConfig } from '../../../control-plane/config.ts';
import { openEmbeddedStore } from '../../../control-plane/embedded-store.ts';
import type { Logger } from '../../../control-plane/log.ts';
import { type RunningControlPlane, startControlPlane } from '../../../control-plane/main.ts';

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** An answer with its body read; `body` is JSON when it says so. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
  readonly text: string;
};

export type Call = {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly raw?: string;
};

/** A control plane on a fresh directory and a free port, and a client for it. */
export type ControlPlaneFixture = {
  readonly plane: RunningControlPlane;
  readonly bus: InProcessBus;
  readonly dataDir: string;
  call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, call?: Call): Promise<Answer>;
  /** Stops it and starts it again on the same directory. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
};

export async function controlPlaneFixture(
  options: {
    readonly input?: Partial<ConfigInput>;
    readonly clock?: () => number;
    readonly checkpointEvery?: number;
  } = {},
): Promise<ControlPlaneFixture> {
  const dataDir = mkdtempSync(join(tmpdir(), 'penstock-plane-'));
  const client = new Agent({ keepAliveTimeout: 10 });
  const bus = createInProcessBus();
  const { clock = Date.now } = options;
  const settings = controlPlaneConfig({ admin: '127.0.0.1:0', env: {}, ...options.input });
  const config = { ...settings, checkpointEvery: options.checkpointEvery ?? settings.checkpointEvery };
  const start = () =>
    startControlPlane({ config, store: openEmbeddedStore(dataDir, config, clock, silent), bus, log: silent, clock });
  let plane = await start();

  return {
    get plane() {
      return plane;
    },
    bus,
    dataDir,
    async call(method, path, { body, headers = {}, raw } = {}) {
      const answer = await request(new URL(path, plane.url), {
        method,
        dispatcher: client,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        body: raw ?? (body === undefined ? null : JSON.stringify(body)),
      });
      const text = await answer.body.text();
      const isJson = /json/.test(String(answer.headers['content-type']));
      return { status: answer.statusCode, headers: answer.headers, text, body: isJson ? JSON.parse(text) : undefined };
    },
    async restart() {
      await plane.stop();
      plane = await start();
    },
    async dispose() {
      await client.close();
      await plane.stop();
      await bus.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}
