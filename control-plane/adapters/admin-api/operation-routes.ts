import type { FastifyInstance } from 'fastify';
import { Gauge, Registry } from 'prom-client';
import { isLive, type NodeState } from '../../core/projection/node.ts';
import { counterMetrics } from './counter-metrics.ts';
import type { AdminApiParts } from './parts.ts';
import { problem, sendProblem } from './problem.ts';

/** What supervisors and monitoring ask. */
export function operationRoutes(app: FastifyInstance, parts: AdminApiParts): void {
  const { publisher, bus, guard } = parts;
  const metrics = metricsOf(parts);
  const refreshCounters = counterMetrics(metrics, parts.counters, parts.config.maxMetricRows);

  app.get('/livez', { schema: { summary: 'The process answers' } }, () => ({ status: 'alive' }));

  app.get(
    '/readyz',
    {
      schema: {
        summary: 'Caught up with the store, and what it holds has been published; what is out of order is named',
      },
    },
    async (_, reply) => {
      const { state, stale } = await parts.commands.knownState();
      const { revision } = state;
      const published = publisher().publishedRevision();
      // Without a bus nothing can be published, and commands and views work all the same.
      const lags = published < revision && bus.status().connected && guard.verdict().kind === 'ok';
      const reason = lags ? `revision ${revision} is not published yet, revision ${published} is` : parts.notReady?.();
      if (reason !== undefined) return sendProblem(reply, problem('not-ready', reason));
      const troubles = [
        ...(stale === undefined ? [] : [stale]),
        ...(guard.refusal() === undefined ? [] : [String(guard.refusal()?.message)]),
        ...(bus.status().connected ? [] : [`the bus cannot be reached: ${bus.status().detail}`]),
      ];
      return troubles.length === 0 ? { status: 'ready', revision } : { status: 'degraded', revision, troubles };
    },
  );

  app.get('/metrics', { schema: { summary: 'Metrics for Prometheus' } }, async (_, reply) => {
    refreshCounters();
    return reply
      .type(metrics.contentType)
      .serializer(String)
      .send(await metrics.metrics());
  });
}

/** Gauges that are read when somebody asks; nothing is counted in between. */
function metricsOf(parts: AdminApiParts): Registry {
  const { commands, publisher, registry, clock, bus, credentials, guard, health } = parts;
  const metrics = new Registry();
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name,
      help,
      registers: [metrics],
      async collect() {
        this.set(await read());
      },
    });
  /** Also while the store is away: then above all somebody looks. */
  const known = async () => (await commands.knownState()).state;
  gauge('penstock_revision', 'Newest revision of the fleet that is known', async () => (await known()).revision);
  gauge('penstock_published_revision', 'Newest revision on the bus', () => publisher().publishedRevision());
  gauge('penstock_publish_failures', 'Publications that failed since start', () => publisher().failures());
  gauge('penstock_overrides', 'Overrides in force', async () => (await known()).overrides.size);
  gauge('penstock_health_dropped', 'Messages and opinions of nodes that central health did not take since start', () =>
    health.dropped(),
  );
  gauge('penstock_node_messages_dropped', 'Messages of nodes, and rows of them, that were not taken since start', () =>
    registry.dropped(),
  );
  gauge('penstock_store_reachable', 'Whether the store answers', async () =>
    Number((await commands.knownState()).stale === undefined),
  );
  gauge('penstock_store_in_order', 'Whether the store has all commits that were acknowledged', () =>
    Number(guard.verdict().kind === 'ok'),
  );
  gauge('penstock_bus_connected', 'Whether the bus is connected', () => Number(bus.status().connected));
  new Gauge({
    name: 'penstock_credentials_expire_seconds',
    help: 'Until a certificate or credential of the bus or the store expires; below 0 it has',
    labelNames: ['credential'],
    registers: [metrics],
    collect() {
      this.reset();
      for (const { credential, expiresMs } of credentials()) this.set({ credential }, (expiresMs - Date.now()) / 1000);
    },
  });
  gauge('penstock_nodes_live', 'Nodes that report', () => registry.liveNodes().length);
  gauge('penstock_nodes_current', 'Live nodes that serve the newest revision', async () => {
    const { revision, epoch } = await known();
    const isCurrent = ({ serving }: NodeState) => serving?.revision === revision && serving.epoch === epoch;
    return registry.nodes().filter((node) => isLive(node, clock()) && isCurrent(node)).length;
  });
  gauge('penstock_workers_unavailable', 'Workers with a verdict against them, in some zone or everywhere', () => {
    const { workers } = health.view();
    return workers.filter(({ verdict }) => verdict === 'unavailable').length;
  });
  return metrics;
}
