import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlPlaneFixture, controlPlaneFixture } from './support/control-plane.ts';
import { runPenstock } from './support/run-cli.ts';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

/** Of every command, told once, in their short form, or by one that stands for all. */
const COMMON = /^--(help|json|server|version|define|message|verbose|nats-\S+|redis-\S+)$/;

describe('the documentation', () => {
  let api: ControlPlaneFixture;

  beforeAll(async () => {
    api = await controlPlaneFixture();
  });

  afterAll(() => api.dispose());

  test('has every command, and every flag of each', async () => {
    const text = read('cli.md');
    const { out } = await runPenstock(['--help']);
    const commands = [...out.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name).filter((name) => name !== 'help');
    expect(commands.length).toBeGreaterThan(15);
    const missing: string[] = [];
    for (const command of commands) {
      if (!new RegExp(`\`(penstock )?${command}\\b`).test(text)) missing.push(String(command));
      const help = (await runPenstock([String(command), '--help'])).out;
      for (const [flag] of help.matchAll(/(?<=^ {2}(-\w, )?)--[a-z-]+/gm)) {
        if (!COMMON.test(flag) && !text.includes(flag)) missing.push(`${command} ${flag}`);
      }
    }
    expect(missing).toEqual([]);
  });

  test('has every request of the REST API, and nothing else', async () => {
    const text = read('api.md');
    const { paths } = (await api.call('GET', '/v1/openapi.json')).body as { paths: Record<string, object> };
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace('{revision}', 'N')}`),
    );
    const [, table = ''] = text.split(/\n\| request \|.*|\n## Commands/);
    const told = [...table.matchAll(/`(GET|POST|PUT|DELETE) (\/[a-z0-9/]+N?)/g)].map(
      ([, method, path]) => `${method} ${path}`,
    );
    const aliases = ['GET /readyz'];
    expect([...told, ...aliases].toSorted()).toEqual(routes.toSorted());
  });

  test('has every type of problem', () => {
    const text = read('api.md');
    const source = readFileSync(new URL('../../control-plane/adapters/admin-api/problem.ts', import.meta.url), 'utf8');
    const [, table = ''] = /const PROBLEMS[^{]*\{[^{]*\{?([\s\S]*?)\n\};/.exec(source) ?? [];
    const types = [...table.matchAll(/^ {2}'?([a-z-]+)'?: \{/gm)].map(([, type]) => type);
    expect(types.length).toBeGreaterThan(20);
    for (const type of types) expect(text).toContain(`\`${type}\``);
  });
});
