import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import type { Definition } from '#shared/definition/definition.ts';
import { definitionSchema } from '#shared/definition/schema.ts';
import { validateDefinition } from '#shared/definition/validate.ts';
import { memoryFiles } from '#shared/httpd-conf/memory-files.ts';
import { readHttpdConf } from '#shared/httpd-conf/read.ts';
import { definitions } from '../shared/httpd-conf/definitions.ts';

const GUIDE = new URL('../fixtures/guide/', import.meta.url);

/** What the API says of a definition: schema first, then meaning. */
async function verdicts() {
  const app = fastify({
    bodyLimit: 2 ** 25,
    ajv: { customOptions: { allErrors: true, removeAdditional: false, coerceTypes: false } },
  });
  app.post<{ Body: Definition }>('/', { schema: { body: definitionSchema } }, ({ body }) => validateDefinition(body));
  await app.ready();
  return async (definition: Definition): Promise<unknown> =>
    (await app.inject({ method: 'POST', url: '/', payload: definition })).json();
}

describe('definitions that the reader makes', () => {
  test('are accepted by the API, every one', async () => {
    const verdict = await verdicts();
    await fc.assert(
      fc.asyncProperty(definitions, async (definition) => {
        expect(await verdict(definition)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test.each(readdirSync(GUIDE).filter((name) => name.endsWith('.conf')))(
    'of the guide (%s) are accepted',
    async (name) => {
      const { definition } = readHttpdConf(
        name,
        memoryFiles(new Map([[name, readFileSync(new URL(name, GUIDE), 'utf8')]])),
      );
      if (definition === undefined) throw new Error(`${name} cannot be read`);
      expect(await (await verdicts())(definition)).toEqual([]);
    },
  );
});
