import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { languageReference } from '#shared/httpd-conf/reference.ts';

it('docs/directives.md says what the reader knows (npm run reference)', () => {
  expect(readFileSync(new URL('../../../docs/directives.md', import.meta.url), 'utf8')).toBe(languageReference());
});
