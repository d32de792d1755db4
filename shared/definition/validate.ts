import { checkPattern } from '../routing/pattern.ts';
import { type Balancer, balancerId } from './balancer.ts';
import type { Definition } from './definition.ts';
import { listenerId } from './listener.ts';
import type { RouteMatch, RouteTarget } from './route.ts';
import { DEFINITION_LIMITS } from './schema.ts';
import { isIpLiteral } from './url-form.ts';
import { MAIN_SERVER, type VirtualHost } from './virtual-host.ts';
import type { Worker, WorkerParameters } from './worker.ts';
import { hcuriProblem } from './worker-parameters.ts';
import { parseStatus, statusLetters } from './worker-status.ts';
import { normaliseWorkerUrl, whyNotServed } from './worker-url.ts';

/** What is wrong, and where: a JSON path as in `$.balancers[0].members[2].url`. */
export type DefinitionProblem = { readonly path: string; readonly detail: string };

/**
 * Finds everything wrong in a definition whose shape `definitionSchema` has accepted: URL forms, flags, sizes, patterns,
 * duplicate ids, references to nothing. An empty answer means it can be served.
 */
export function validateDefinition(definition: Definition): readonly DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  const report: Report = (path, detail) => problems.push({ path, detail });

  refuseLineEnds(definition, '$', report);
  definition.listeners.forEach(({ address, port }, i) => {
    const path = `$.listeners[${i}]`;
    if (address !== '*' && !isIpLiteral(address)) {
      report(`${path}.address`, `"${address}" is no address; want an IP address without brackets, or *`);
    }
    if (port < 0 || port > 65_535) report(`${path}.port`, `${port} is no port; want 1 to 65535`);
  });
  refuseDuplicates(definition.listeners.map(listenerId), '$.listeners', 'listener', report);

  if (definition.mainServer.id !== MAIN_SERVER) {
    report('$.mainServer.id', `is "${definition.mainServer.id}"; the main server's id is ${MAIN_SERVER}`);
  }
  const servers = [definition.mainServer.id, ...definition.virtualHosts.map(({ id }) => id)];
  refuseDuplicates(servers, '$.virtualHosts', 'virtual host', report, (i) =>
    i === 0 ? '$.mainServer' : `$.virtualHosts[${i - 1}]`,
  );

  const visible = balancersByServer(definition);
  validateServer(definition.mainServer, '$.mainServer', visible, report);
  definition.virtualHosts.forEach((virtualHost, i) => {
    const path = `$.virtualHosts[${i}]`;
    if (virtualHost.addresses.length === 0) report(`${path}.addresses`, 'is empty; a virtual host has an address');
    validateServer(virtualHost, path, visible, report);
  });

  refuseDuplicates(definition.balancers.map(balancerId), '$.balancers', 'balancer', report);
  const known = new Set(servers);
  definition.balancers.forEach((balancer, i) => {
    validateBalancer(balancer, `$.balancers[${i}]`, known, report);
  });
  validateTotals(definition, report);
  return problems;
}

type Report = (path: string, detail: string) => void;

/** No line of a configuration can hold them, so no file meant them; printed, they would begin another directive. */
function refuseLineEnds(value: unknown, path: string, report: Report): void {
  if (typeof value === 'string') {
    if (/[\n\0]/.test(value)) report(path, `${JSON.stringify(value)} holds a line end or NUL`);
  } else if (Array.isArray(value)) {
    value.forEach((item, i) => {
      refuseLineEnds(item, `${path}[${i}]`, report);
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) refuseLineEnds(inner, `${path}.${key}`, report);
  }
}

/** Names each server can route to: its own balancers and the main server's. */
type Visible = (server: string, name: string) => boolean;

function balancersByServer({ balancers }: Definition): Visible {
  const ids = new Set(balancers.map((balancer) => balancerId(balancer)));
  return (server, name) => ids.has(name) || ids.has(balancerId({ name, virtualHost: server }));
}

function refuseDuplicates(
  ids: readonly string[],
  path: string,
  object: string,
  report: Report,
  pathOf: (index: number) => string = (index) => `${path}[${index}]`,
): void {
  const first = new Map<string, number>();
  ids.forEach((id, i) => {
    const earlier = first.get(id);
    if (earlier === undefined) first.set(id, i);
    else report(pathOf(i), `${object} ${id} is there already, at ${pathOf(earlier)}`);
  });
}

function validateServer(server: VirtualHost, path: string, visible: Visible, report: Report): void {
  if (server.id === '' || /\s/.test(server.id))
    report(`${path}.id`, `"${server.id}" is no id; want text without blanks`);
  server.addresses.forEach(({ address }, i) => {
    if (address !== '*' && !isIpLiteral(address)) {
      report(
        `${path}.addresses[${i}].address`,
        `"${address}" is no address; want an IP address without brackets, or *`,
      );
    }
  });
  const checkMatch = (match: RouteMatch, at: string) => {
    if (match.kind === 'prefix') {
      if (!match.path.startsWith('/')) report(`${at}.path`, `"${match.path}" does not begin with /`);
    } else {
      const problem = checkPattern(match.pattern);
      if (problem !== undefined) report(`${at}.pattern`, `"${match.pattern}" cannot be used: ${problem}`);
    }
  };
  const checkTarget = (target: RouteTarget, at: string) => {
    if (target.kind === 'balancer' && !visible(server.id, target.name)) {
      report(`${at}.name`, `there is no balancer ${target.name} that ${server.id} can use`);
    }
    if (target.kind === 'url') {
      const problem = workerUrlProblem(target.url, { pattern: true });
      if (problem !== undefined) report(`${at}.url`, problem);
    }
  };
  server.routes.forEach(({ match, target }, i) => {
    checkMatch(match, `${path}.routes[${i}].match`);
    checkTarget(target, `${path}.routes[${i}].target`);
  });
  server.locations.forEach(({ match, route }, i) => {
    checkMatch(match, `${path}.locations[${i}].match`);
    if (route !== undefined) checkTarget(route.target, `${path}.locations[${i}].route.target`);
  });
  validateWorkers(server.workers, `${path}.workers`, { pattern: true }, report);
}

function validateBalancer(balancer: Balancer, path: string, servers: ReadonlySet<string>, report: Report): void {
  if (!/^[a-z0-9._~!$&'()*+,;=%-]+$/.test(balancer.name)) {
    report(
      `${path}.name`,
      `"${balancer.name}" is no balancer name; want lower-case letters, digits and . _ - without a path`,
    );
  }
  if (balancer.virtualHost !== undefined && !servers.has(balancer.virtualHost)) {
    report(`${path}.virtualHost`, `there is no virtual host ${balancer.virtualHost}`);
  }
  const { stickysession, failonstatus } = balancer.parameters;
  if (stickysession !== undefined && (stickysession.cookie === '' || stickysession.url === '')) {
    report(`${path}.parameters.stickysession`, 'names no cookie or no URL parameter');
  }
  if (failonstatus !== undefined) {
    refuseDuplicates(failonstatus.map(String), `${path}.parameters.failonstatus`, 'status', report);
  }
  validateWorkers(balancer.members, `${path}.members`, { pattern: false }, report);
}

function validateWorkers(workers: readonly Worker[], path: string, form: { pattern: boolean }, report: Report): void {
  refuseDuplicates(
    workers.map(({ url }) => url),
    path,
    'worker',
    report,
  );
  workers.forEach(({ url, parameters }, i) => {
    const problem = workerUrlProblem(url, form);
    if (problem !== undefined) report(`${path}[${i}].url`, problem);
    validateWorkerParameters(parameters, `${path}[${i}].parameters`, report);
  });
}

function validateWorkerParameters(parameters: WorkerParameters, path: string, report: Report): void {
  const { loadfactor, status, iobuffersize, receivebuffersize, hcuri } = parameters;
  if (loadfactor !== undefined && Math.abs(loadfactor * 100 - Math.round(loadfactor * 100)) > 1e-6) {
    report(`${path}.loadfactor`, `${loadfactor} has more than two decimals`);
  }
  if (status !== undefined) {
    const parsed = parseStatus(status);
    if ('error' in parsed) report(`${path}.status`, parsed.error);
    else if (statusLetters(parsed.set) !== status) {
      report(`${path}.status`, `"${status}" is not in display order; write "${statusLetters(parsed.set)}"`);
    }
  }
  const uriProblem = hcuri === undefined ? undefined : hcuriProblem(hcuri);
  if (uriProblem !== undefined) report(`${path}.hcuri`, `${JSON.stringify(hcuri)} ${uriProblem}`);
  for (const [key, size] of Object.entries({ iobuffersize, receivebuffersize })) {
    if (size !== undefined && size > 0 && size < 512)
      report(`${path}.${key}`, `${size} is too small; want 0 or at least 512`);
  }
}

function validateTotals(definition: Definition, report: Report): void {
  const servers = [definition.mainServer, ...definition.virtualHosts];
  const plain = servers.reduce((sum, { workers }) => sum + workers.length, 0);
  const workers = definition.balancers.reduce((sum, { members }) => sum + members.length, plain);
  if (workers > DEFINITION_LIMITS.workers) {
    report('$', `has ${workers} workers; a fleet serves at most ${DEFINITION_LIMITS.workers}`);
  }
}

/** A worker's URL is its identity, so only the normalised form may come in. */
function workerUrlProblem(url: string, form: { pattern: boolean }): string | undefined {
  const normalised = normaliseWorkerUrl(url, form);
  if (!normalised.ok) return normalised.error;
  if (normalised.url === url) return whyNotServed(url);
  return `"${url}" is not in its normal form; write ${normalised.url}`;
}
