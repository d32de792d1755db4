import { writeFileSync } from 'node:fs';
import { languageReference } from '../shared/httpd-conf/reference.ts';

writeFileSync(new URL('./directives.md', import.meta.url), languageReference());
