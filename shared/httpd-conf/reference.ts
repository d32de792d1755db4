import { BALANCER_PARAMETERS, WORKER_PARAMETERS } from '../definition/parameters.ts';
import { contextNames } from './directives/directive.ts';
import { IGNORED_DIRECTIVES } from './directives/ignored.ts';
import { SUPPORTED_DIRECTIVES } from './directives/table.ts';
import { UNSUPPORTED_FAMILIES } from './directives/unsupported.ts';

/** What differs from httpd on purpose; each line is held by a test that compares with httpd's recorded answers. */
const DIFFERENCES: readonly string[] = [
  'Times are read as httpd 2.5 reads them: `timeout=500ms` is half a second (2.4 reads 500 seconds). `retry=0` stays accepted, as in 2.4.',
  'A number with trailing text is refused (`timeout=5x`); httpd 2.4 drops the text.',
  'A client request that could be read two ways is refused with 400: both Content-Length and Transfer-Encoding, repeated lengths, bare CR or LF, folded lines.',
  'An answer without a status line (HTTP/0.9) is a 502; httpd relays it as a 200.',
  'More or longer header fields than allowed are answered 431; httpd says 400.',
  'Requests that are not proxied are answered 404: no files are served.',
  'A client that closes its sending side is given one second for its answer to begin; httpd does not notice.',
  'Answers keep the headers their backend gave them; httpd’s mod_mime adds Content-Language and Content-Encoding, and Content-Type where there is none, by the extension in the URL.',
  '`max=` is a limit of the node, shared out to its threads; in httpd it is one of each child process.',
  'Regular expressions are ECMAScript’s. What PCRE has and ECMAScript lacks (possessive quantifiers, `\\K`, most inline flags) is refused with the reason.',
  'Health checks (`hcmethod`) are made by a few nodes for the whole fleet, three per worker and five in fleets above 50 nodes; the fleet’s verdict follows from what they see. A node alone checks for itself, as httpd does. Conditions (`hcexpr`) and templates are refused.',
  'A virtual host’s balancer with members of its own is separate from the main server’s of the same name; httpd uses the main server’s members.',
];

/** The language as this version knows it, as Markdown: made from the tables the reader itself uses. */
export function languageReference(): string {
  return [
    '# Directives',
    '',
    'Made from the tables of the reader (`npm run reference`); a test keeps it fresh. Syntax and meaning are httpd’s, as in its',
    'documentation of 2.5, but for the differences listed first.',
    '',
    '## Differences from httpd, on purpose',
    '',
    ...DIFFERENCES.map((text) => `- ${text}`),
    '',
    '## Supported',
    '',
    '| directive | wants | where |',
    '|---|---|---|',
    ...SUPPORTED_DIRECTIVES.map(({ name, section, usage, contexts }) => {
      return row([section ? `\`<${name}>\`` : `\`${name}\``, cell(usage), cell(contextNames(contexts))]);
    }),
    '',
    'While reading: `Define`, `UnDefine`, variables, `Include`, `IncludeOptional`, `Error`, `Warning`, `<IfModule>`, `<IfDefine>`,',
    '`<IfVersion>`, `<IfFile>`, `<IfDirective>`, `<IfSection>`.',
    '',
    '### Worker parameters',
    '',
    'On `BalancerMember`, on a `ProxyPass` to a URL, in `ProxySet`; those of `penstock set` are status, loadfactor, lbset, route, redirect.',
    '',
    ...parameters(WORKER_PARAMETERS),
    '',
    'Health checks mean what they mean in httpd: every `hcinterval` a connection (`TCP`) or a request to `hcuri` (status 200 to 399 passes); after',
    '`hcfails` failures, in a row or not, a worker is out, after `hcpasses` successes it is back. Who makes them is said above. A worker without',
    'them that the fleet finds unavailable is still tried, by a connection, so that it comes back without costing a request.',
    '',
    '### Balancer parameters',
    '',
    'In `ProxySet` of a `<Proxy "balancer://…">`, or on a `ProxyPass` to it.',
    '',
    ...parameters(BALANCER_PARAMETERS),
    '',
    'Three are ours; httpd refuses them:',
    '',
    '- `verdict` says how many nodes must see a worker fail before the whole fleet leaves it out: one (`any`: the quickest, but a node whose own',
    '  link is bad takes it from all), `K` of them (`quorum=K`), or more than half of those that have used or checked it within 45 seconds',
    '  (`majority`: at least two must have an opinion). With `off` each node goes by its own',
    '  experience, as httpd does. A node’s own bad experience always counts for itself. Where nodes of one `zone` fail and others do not, the',
    '  verdict holds in that zone.',
    '- `panic` is a percentage: where verdicts would leave less than this of an lbset’s usable workers, they are ignored in that set. Flags an',
    '  operator set and a node’s own experience are never ignored.',
    '- `fleetbalance=On` lets `byrequests` and `bytraffic` share out the traffic of the whole fleet instead of one node’s, so that',
    '  loadfactors hold though nodes get uneven traffic. Cut off from the others, a node balances its own traffic.',
    '',
    '## Accepted without effect',
    '',
    'They concern httpd’s processes, files and logs, or ask for what holds anyway. `penstock validate` lists where they stand.',
    '',
    '| because | directives |',
    '|---|---|',
    ...ignoredByReason().map(([reason, names]) => row([cell(reason), names.map((name) => `\`${name}\``).join(' ')])),
    '',
    '## Refused',
    '',
    'Known directives of httpd that this version does not have. They are errors, since leaving them out would change who gets in,',
    'where a request goes or what is sent.',
    '',
    '| because | directives |',
    '|---|---|',
    ...UNSUPPORTED_FAMILIES.map(({ reason, names }) =>
      row([cell(reason), names.map((name) => `\`${name}\``).join(' ')]),
    ),
    '',
  ].join('\n');
}

type Parameter = {
  readonly key: string;
  readonly range: string;
  readonly unit?: string;
  readonly defaultText: string;
};

function parameters(specs: readonly Parameter[]): string[] {
  return [
    '| key | values | bare number in | default |',
    '|---|---|---|---|',
    ...specs.map(({ key, range, unit, defaultText }) =>
      row([`\`${key}\``, cell(range), unit ?? '', cell(defaultText)]),
    ),
  ];
}

function ignoredByReason(): [reason: string, names: string[]][] {
  const byReason = new Map<string, string[]>();
  for (const { name, reason } of IGNORED_DIRECTIVES) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  return [...byReason];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '\\<');
}
