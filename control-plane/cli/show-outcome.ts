import type { CommandOutcome } from '../command-handler.ts';
import type { Convergence } from '../core/convergence.ts';
import type { ChangeView } from '../core/view/commit-view.ts';
import type { Durability } from '../ports.ts';
import type { ApiAnswer } from './client.ts';
import { type CliContext, CliFailure } from './context.ts';
import { count, someOf } from './output.ts';

/** The API's answer to a command. */
export type OutcomeAnswer = {
  readonly outcome: Exclude<CommandOutcome['kind'], 'rejected'>;
  readonly revision: number;
  readonly changes: readonly ChangeView[];
  readonly warnings: readonly string[];
  readonly replayed: boolean;
  readonly durability?: Durability;
  readonly propagation?: { readonly published: boolean; readonly reason?: string };
  readonly nodes?: Convergence;
};

/**
 * Prints what a command came to.
 *
 * @throws CliFailure when nodes were waited for and did not all come to serve it
 */
export function showOutcome(context: CliContext, answer: ApiAnswer, json: boolean | undefined): void {
  const outcome = answer.json<OutcomeAnswer>();
  if (json === true) context.out(`${answer.text}\n`);
  else {
    context.out(`${headline(outcome)}\n`);
    for (const { text } of outcome.changes) context.out(`  ${text}\n`);
    for (const warning of outcome.warnings) context.err(`warning: ${warning}\n`);
    if (outcome.durability?.level === 'memory') context.err('warning: a crash of the store may lose this commit\n');
    if (outcome.propagation?.published === false) context.err(`warning: ${outcome.propagation.reason}\n`);
    if (outcome.nodes?.kind === 'converged') context.out(`${servedBy(outcome.nodes)}\n`);
  }
  if (outcome.nodes !== undefined && outcome.nodes.kind !== 'converged') throw new CliFailure(notServed(outcome.nodes));
}

function headline({ outcome, revision, changes }: OutcomeAnswer): string {
  switch (outcome) {
    case 'committed':
      return `revision ${revision} committed${changes.length === 0 ? '' : `, ${count(changes.length, 'change')}:`}`;
    case 'unchanged':
      return `nothing to change: revision ${revision} is so already`;
    case 'planned':
      return `would be committed after revision ${revision}, ${count(changes.length, 'change')}:`;
  }
}

function servedBy({ serving, slowest }: Convergence): string {
  if (serving.length === 0) return 'no node is live: nobody serves it yet';
  const last = slowest === undefined ? '' : ` (slowest: ${slowest.node}, ${slowest.applyMs} ms)`;
  return `served by ${count(serving.length, 'node')}${last}`;
}

function notServed({ kind, revision, rejected, waitingFor, serving }: Convergence): string {
  if (kind === 'rejected') {
    const reasons = rejected.flatMap(({ node, errors }) =>
      errors.map(({ object, text }) => `  ${node}: ${object}: ${text}`),
    );
    return [
      `revision ${revision} is committed, but not served by ${someOf(rejected.map(({ node }) => node))}:`,
      ...reasons,
    ].join('\n');
  }
  return `revision ${revision} is committed and served by ${count(serving.length, 'node')}; still waiting for ${someOf(waitingFor)} (see penstock nodes)`;
}
