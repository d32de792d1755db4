import { type Balancer, balancerId } from '#shared/definition/balancer.ts';
import type { Definition } from '#shared/definition/definition.ts';
import { nearestName } from '#shared/definition/nearest-name.ts';
import type { Worker } from '#shared/definition/worker.ts';
import type { Rejection } from './decision.ts';

export type FoundWorker = { readonly balancer: string; readonly worker: Worker };

/**
 * Finds a balancer's member by what an operator types.
 *
 * @param balancerText the balancer's name or id, with or without `balancer://`
 * @param workerText the worker's URL, or as much of it as names one member only: `host:port`, `host`
 */
export function findWorker(definition: Definition, balancerText: string, workerText: string): FoundWorker | Rejection {
  const balancer = findBalancer(definition, balancerText);
  if ('type' in balancer) return balancer;
  const id = balancerId(balancer);
  const exact = balancer.members.find(({ url }) => url === workerText);
  if (exact !== undefined) return { balancer: id, worker: exact };
  const text = workerText.toLowerCase().replace(/\/$/, '');
  const matches = balancer.members.filter(({ url }) => spellings(url).includes(text));
  const [match] = matches;
  if (match !== undefined && matches.length === 1) return { balancer: id, worker: match };
  const urls = balancer.members.map(({ url }) => url);
  if (matches.length > 1) {
    const names = matches.map(({ url }) => url).join(', ');
    return {
      type: 'ambiguous-name',
      detail: `"${workerText}" could be ${names} of balancer ${id}; write the whole URL`,
    };
  }
  const near = nearestName(workerText, urls) ?? nearestName(text, urls.flatMap(spellings));
  const hint = near === undefined ? membersHint(urls) : `did you mean ${near}?`;
  return { type: 'unknown-worker', detail: `balancer ${id} has no worker "${workerText}"; ${hint}` };
}

function findBalancer({ balancers }: Definition, text: string): Balancer | Rejection {
  const name = text.replace(/^balancer:\/\//i, '').replace(/\/$/, '');
  const exact = balancers.find((balancer) => balancerId(balancer) === name);
  if (exact !== undefined) return exact;
  const matches = balancers.filter((balancer) => balancer.name === name.toLowerCase());
  const [match] = matches;
  if (match !== undefined && matches.length === 1) return match;
  if (matches.length > 1) {
    const ids = matches.map((balancer) => balancerId(balancer)).join(', ');
    return { type: 'ambiguous-name', detail: `several virtual hosts have a balancer ${name}; write one of ${ids}` };
  }
  const ids = balancers.map((balancer) => balancerId(balancer));
  const near = nearestName(name, ids);
  const known = ids.length === 0 ? 'the configuration has none' : `balancers are ${shortList(ids)}`;
  const hint = near === undefined ? known : `did you mean ${near}?`;
  return { type: 'unknown-balancer', detail: `there is no balancer "${name}"; ${hint}` };
}

/** What may stand for a worker besides its URL: without scheme, `host:port`, `host`. */
function spellings(url: string): string[] {
  const bare = url.slice(url.indexOf('://') + 3).toLowerCase();
  const authority = bare.split('/')[0] ?? bare;
  const host = authority.replace(/:\d+$/, '');
  return [url.toLowerCase().replace(/\/$/, ''), bare.replace(/\/$/, ''), authority, host];
}

function membersHint(urls: readonly string[]): string {
  return urls.length === 0 ? 'it has no members' : `its members are ${shortList(urls)}`;
}

function shortList(names: readonly string[]): string {
  return names.length <= 10 ? names.join(', ') : `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`;
}
