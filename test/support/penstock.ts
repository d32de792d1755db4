import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import type { Definition } from '#shared/definition/definition.ts';
import type { Override } from '#shared/definition/override.ts';
import { formatDiagnostic } from '#shared/httpd-conf/diagnostic.ts';
import { memoryFiles } from '#shared/httpd-conf/memory-files.ts';
import { readHttpdConf } from '#shared/httpd-conf/read.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import type { RunningNode } from '../../data-plane/main.ts';
import { startNode } from '../../data-plane/main.ts';
import type { ClientResponse } from './client.ts';
import { fetchOnce } from './client.ts';
import { fleetHistory, publish } from './fleet-history.ts';
import type { HeaderLines } from './http-message.ts';
import { freePort } from './ports.ts';

const FLEET = 'test';

/** A node in this process on a configuration of its own, without a control plane. */
export type TestNode = {
  readonly port: number;
  readonly node: RunningNode;
  /** Log lines of the node, as objects. */
  readonly log: readonly Record<string, unknown>[];
  /** Publishes the next revision and waits until the node serves it. */
  apply(config: readonly string[], overrides?: readonly Override[]): Promise<void>;
  /** One request on a connection of its own. */
  get(path: string, headers?: HeaderLines): Promise<ClientResponse>;
  stop(): Promise<void>;
};

export type TestNodeOptions = {
  readonly threads?: number;
  readonly port?: number;
  readonly gracefulTimeoutMs?: number;
};

/**
 * Starts a node on configuration lines; `Listen` and `ServerName proxy.example.test` are put before them.
 *
 * @throws with every error when the configuration isn't accepted
 */
export async function startTestNode(config: readonly string[], options: TestNodeOptions = {}): Promise<TestNode> {
  const port = options.port ?? (await freePort());
  const bus = createInProcessBus();
  const log: Record<string, unknown>[] = [];
  const node = await startNode({
    fleet: FLEET,
    name: 'node-1',
    bus,
    threads: options.threads ?? 1,
    log: pino({ level: 'debug' }, { write: (line: string) => log.push(JSON.parse(line)) }),
    ...(options.gracefulTimeoutMs === undefined ? {} : { gracefulTimeoutMs: options.gracefulTimeoutMs }),
  });
  const history = fleetHistory(FLEET);
  let revision = 0;
  const apply = async (lines: readonly string[], overrides: readonly Override[] = []) => {
    revision++;
    const all = [`Listen 127.0.0.1:${port}`, 'ServerName proxy.example.test', ...lines];
    const definition = definitionOf(all);
    await publish(bus, history.next({ revision, definition, overrides, allowShrink: true }), FLEET);
    await Promise.race([
      node.serving(revision),
      delay(20_000).then(() => {
        throw new Error(`revision ${revision} is not served after 20 s; log: ${JSON.stringify(log.slice(-5))}`);
      }),
    ]);
  };
  try {
    await apply(config);
  } catch (err) {
    await node.stop();
    await bus.close();
    throw err;
  }
  return {
    port,
    node,
    log,
    apply,
    get: (path, headers) => fetchOnce(port, path, headers),
    async stop() {
      await node.stop();
      await bus.close();
    },
  };
}

/** The definition that configuration lines mean. @throws with every error */
export function definitionOf(lines: readonly string[]): Definition {
  const { definition, diagnostics } = readHttpdConf(
    'test.conf',
    memoryFiles(new Map([['test.conf', lines.join('\n')]])),
  );
  if (definition === undefined) throw new Error(diagnostics.map(formatDiagnostic).join('\n'));
  return definition;
}
