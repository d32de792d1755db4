/**
 * Writes docs/conformance.md: every recorded vector and setting, and how far it applies. What it calls agreeing is what the
 * conformance tests hold Penstock to. Usage: npm run conformance:report
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CONFIG_SCOPE } from './config-scope.ts';
import { SCOPE } from './scope.ts';
import { loadConfigCases, loadVectors } from './vector.ts';

export const REPORT_FILE = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url));

/** The report as Markdown. */
export function conformanceReport(): string {
  const vectors = loadVectors();
  const steps = vectors.reduce((sum, vector) => sum + vector.steps.length, 0);
  const scopes = vectors.map((vector) => ({ vector, scope: SCOPE[vector.name] ?? {} }));
  const later = scopes.filter(({ scope }) => scope.later !== undefined);
  const partly = scopes.filter(({ scope }) => scope.dropped !== undefined || scope.withoutConfig !== undefined);
  const different = scopes.filter(({ scope }) => scope.different !== undefined);
  const listed = new Set([...later, ...partly, ...different].map(({ vector }) => vector.name));
  const whole = scopes.filter(({ vector }) => !listed.has(vector.name));
  const replayed = scopes.reduce((sum, { vector, scope }) => {
    if (scope.later !== undefined) return sum;
    return sum + vector.steps.length - count(scope.dropped);
  }, 0);
  const otherwise = scopes.reduce((sum, { scope }) => sum + count(scope.different), 0);
  const cases = loadConfigCases();
  const judged = CONFIG_SCOPE.reduce((sum, scope) => sum + scope.cases.length, 0);

  return [
    '# Agreement with Apache httpd',
    '',
    '`test/conformance/vectors/` holds what Apache httpd 2.4.71 answered in ' +
      `${vectors.length} scenarios of ${steps} steps, and which of ${cases.length} settings it takes. \`npm test\` replays them against Penstock: status, ` +
      'worker, members tried, headers both ways, request targets, bodies, times, and the state of every member after each request. ' +
      'A step not listed below agrees with httpd in everything recorded. `npm run conformance:httpd` replays the same against the apache2 of the machine.',
    '',
    '| | |',
    '|---|---:|',
    `| scenarios that agree from first step to last | ${whole.length} |`,
    `| scenarios with steps left out or different on purpose | ${vectors.length - whole.length - later.length} |`,
    `| scenarios that are not supported yet | ${later.length} |`,
    `| steps replayed | ${replayed} |`,
    `| of these different on purpose | ${otherwise} |`,
    `| settings judged as httpd does | ${cases.length - judged} of ${cases.length} |`,
    '',
    '## Different on purpose',
    '',
    '| scenario | steps | why |',
    '|---|---|---|',
    ...different.flatMap(({ vector, scope }) =>
      (scope.different ?? []).map(({ steps, reason }) => `| ${vector.name} | ${steps.join(', ')} | ${reason} |`),
    ),
    '',
    '## Left out of a scenario',
    '',
    '| scenario | what | why |',
    '|---|---|---|',
    ...partly.flatMap(({ vector, scope }) => [
      ...(scope.withoutConfig === undefined
        ? []
        : [`| ${vector.name} | lines \`${cell(scope.withoutConfig.lines.source)}\` | ${scope.withoutConfig.reason} |`]),
      ...(scope.dropped ?? []).map(({ steps, reason }) => `| ${vector.name} | steps ${steps.join(', ')} | ${reason} |`),
    ]),
    '',
    '## Not supported yet',
    '',
    '| scenario | why |',
    '|---|---|',
    ...later.map(({ vector, scope }) => `| ${vector.name} | ${scope.later} |`),
    '',
    '## Settings',
    '',
    '| setting | httpd | here | why |',
    '|---|---|---|---|',
    ...CONFIG_SCOPE.flatMap(({ kind, reason, cases: names }) =>
      names.map((name) => {
        const accepted = cases.find(({ where, setting }) => `${where} | ${setting}` === name)?.accepted === true;
        const here = kind === 'later' ? 'not yet' : accepted ? 'refused' : 'accepted';
        return `| ${cell(`${name.replace(' | ', ': ')}`)} | ${accepted ? 'accepted' : 'refused'} | ${here} | ${reason} |`;
      }),
    ),
    '',
    '## Agreeing from first step to last',
    '',
    ...whole.map(({ vector }) => `- ${vector.name}: ${vector.description}`),
    '',
  ].join('\n');
}

function count(parts: readonly { readonly steps: readonly number[] }[] | undefined): number {
  return (parts ?? []).reduce((sum, { steps }) => sum + steps.length, 0);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

if (import.meta.main) writeFileSync(REPORT_FILE, conformanceReport());
