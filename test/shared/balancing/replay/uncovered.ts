/** Vectors with a balancer that no model of elections alone can replay, and why; the conformance suite runs them whole. */
export const UNCOVERED: Readonly<Record<string, string>> = {
  'balancer-persist': 'what survives a restart is decided by the node, not by an election',
  'balancer-no-persist': 'what survives a restart is decided by the node, not by an election',
  'graceful-restart-persist': 'what survives a restart is decided by the node, not by an election',
  'graceful-restart-state': 'what survives a restart is decided by the node, not by an election',
  'hcheck-counts-not-consecutive': 'active health checks set and clear C',
  'hcheck-expr-template': 'active health checks set and clear C',
  'hcheck-failed-while-in-error': 'active health checks set and clear C',
  'hcheck-get': 'active health checks set and clear C',
  'hcheck-request-forms': 'is about what a health check sends',
  'member-prefix-sharing': 'which members there are is decided by the configuration reader',
  'status-mapping-errors': 'plain targets, host names and request targets; the statuses are in failover.test.ts',
  'vhost-inheritance': 'which balancer a virtual host means is decided by routing',
};
