import { balancerId } from '#shared/definition/balancer.ts';
import type { Definition } from '#shared/definition/definition.ts';
import { formatHostPort } from '../address.ts';
import type { DemoBackend } from './demo.ts';
import { count } from './output.ts';

/** What `penstock up` runs. */
export type ServingReport = {
  readonly version: string;
  readonly file: string | undefined;
  readonly revision: number;
  /** The file made this revision; false: the stored one was so already. */
  readonly isNew: boolean;
  readonly listeners: readonly { readonly address: string; readonly port: number }[];
  readonly adminUrl: string;
  readonly dataDir: string;
  readonly ignored: number;
};

/** What is served where, for the terminal. */
export function servingReport({
  version,
  file,
  revision,
  isNew,
  listeners,
  adminUrl,
  dataDir,
  ignored,
}: ServingReport): string {
  const change = isNew ? 'committed' : 'unchanged';
  const lines = [
    `penstock ${version} serves revision ${revision} (${change})${file === undefined ? '' : ` of ${file}`}`,
    ...listeners.map((listener) => `  gateway    ${listenerUrl(listener)}`),
    `  admin API  ${adminUrl}`,
    `  data       ${dataDir}`,
  ];
  if (ignored > 0) lines.push(`  ${count(ignored, 'directive')} ignored; penstock validate -f ${file} lists them`);
  return `${lines.join('\n')}\n`;
}

function listenerUrl({ address, port }: { readonly address: string; readonly port: number }): string {
  return `http://${formatHostPort({ host: address === '*' ? '0.0.0.0' : address, port })}`;
}

/** What to open and what to try, with commands to copy. */
export function demoHints(
  report: ServingReport,
  definition: Definition,
  demo: { readonly backends: readonly DemoBackend[]; readonly controlUrl: string },
): string {
  const [first] = demo.backends;
  if (first === undefined)
    return '\nThe configuration has no balancer member on this machine: there are no demo backends.\n';
  const [listener] = report.listeners;
  const page = `${listener === undefined ? 'http://127.0.0.1' : openableUrl(listener)}${balancedPath(definition)}`;
  const balancer = definition.balancers.map(balancerId)[0] ?? '';
  const server = report.adminUrl === 'http://127.0.0.1:7400' ? '' : ` --server ${report.adminUrl}`;
  const set = `npx penstock set ${balancer} ${first.host}:${first.port}`;
  const tries = [
    ['a backend dies; the others take its traffic', `curl -X POST ${demo.controlUrl}/${first.name}/stop`],
    ['who is in error, who is used', `npx penstock workers${server}`],
    ['it comes back after its retry time', `curl -X POST ${demo.controlUrl}/${first.name}/start`],
    ['drain it: it gets no more requests', `${set} status=+N --reason "maintenance" --for 5m${server}`],
    ['bring it back', `${set} --clear${server}`],
    ['every change so far', `npx penstock history${server}`],
  ];
  return `
Demo backends: ${demo.backends.map(({ name, port }) => `${name} on ${port}`).join(', ')}.

Open ${page} and reload, or watch from another terminal:
  while sleep 0.2; do curl -s ${page}; done

Then try:
${tries.map(([what, command]) => `  # ${what}\n  ${command}\n`).join('')}
Stop with Ctrl-C.
`;
}

/** The path of the first route to a balancer. */
function balancedPath({ mainServer, virtualHosts }: Definition): string {
  for (const { match, target } of [mainServer, ...virtualHosts].flatMap(({ routes }) => routes)) {
    if (target.kind === 'balancer' && match.kind === 'prefix') return match.path;
  }
  return '/';
}

function openableUrl({ address, port }: { readonly address: string; readonly port: number }): string {
  return `http://${formatHostPort({ host: address === '*' || address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address, port })}`;
}
