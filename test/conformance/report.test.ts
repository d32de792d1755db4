import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { conformanceReport, REPORT_FILE } from './report.ts';

test('docs/conformance.md is up to date (npm run conformance:report)', () => {
  expect(readFileSync(REPORT_FILE, 'utf8')).toBe(conformanceReport());
});
