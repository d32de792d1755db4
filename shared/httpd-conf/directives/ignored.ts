import { bufferBytes, flag, integer } from '../../definition/parameter-value.ts';

/**
 * Directives of httpd that are accepted without effect: about its processes, files and logs, which this gateway hasn't got, or
 * asking for what holds anyway. Nothing belongs here whose absence lets a request in, or sends it elsewhere.
 */
export type IgnoredSpec = {
  readonly name: string;
  readonly reason: string;
  /** Values without effect; any other is an error, for which this gives the words. Absent: every value. */
  readonly refuse?: (words: readonly string[]) => string | undefined;
};

const NEVER: readonly (readonly [reason: string, names: string])[] = [
  ['modules are built in', 'LoadModule LoadFile ClearModuleList AddModule'],
  [
    'this process runs as it was started, without files of its own',
    'ServerRoot User Group PidFile ScoreBoardFile Mutex LockFile AcceptMutex DefaultRuntimeDir DefaultStateDir CoreDumpDirectory EnableExceptionHook BS2000Account',
  ],
  [
    'the log is JSON lines on standard error; --log-level sets how much',
    'ErrorLog ErrorLogFormat LogLevel LogLevelOverride DumpIOInput DumpIOOutput',
  ],
  [
    'requests are not logged by this version: count them with penstock workers, routes or /metrics',
    'CustomLog LogFormat TransferLog GlobalLog BufferedLogs CookieLog ForensicLog LogIOTrackTTFB HostnameLookups IdentityCheck IdentityCheckTimeout ExtendedStatus SeeRequestTail',
  ],
  [
    'threads and sockets are not sized in the configuration; --threads sets how many threads a node has',
    'StartServers MinSpareServers MaxSpareServers MinSpareThreads MaxSpareThreads ThreadsPerChild ThreadLimit ServerLimit MaxClients MaxRequestWorkers AsyncRequestWorkerFactor MaxRequestsPerChild MaxConnectionsPerChild MaxMemFree ThreadStackSize ListenBackLog ListenCoresBucketsRatio WatchdogInterval AcceptFilter AcceptErrorsNonFatal SendBufferSize ReceiveBufferSize',
  ],
  ['how long a node finishes requests at stop is set by its --graceful-timeout', 'GracefulShutdownTimeout'],
  ['virtual hosts are found by name anyway', 'NameVirtualHost'],
  [
    'no files are served',
    'DocumentRoot DirectoryIndex DirectorySlash FallbackResource Options AllowOverride AllowOverrideList AccessFileName TypesConfig MIMEMagicFile AddIcon AddIconByEncoding AddIconByType DefaultIcon IndexOptions IndexIgnore IndexIgnoreReset IndexHeadInsert IndexOrderDefault IndexStyleSheet AddAlt AddAltByEncoding AddAltByType AddDescription ReadmeName HeaderName FileETag ContentDigest EnableMMAP EnableSendfile DefaultType UserDir LanguagePriority ForceLanguagePriority DirectoryIndexRedirect DirectoryCheckHandler AcceptPathInfo AliasPreservePath MultiviewsMatch CheckSpelling CheckCaseOnly CheckBasenameMatch XBitHack MetaDir MetaFiles MetaSuffix ImapMenu ImapDefault ImapBase UnsafePrefixStat',
  ],
  [
    'names of files say nothing about proxied answers',
    'AddType AddEncoding AddCharset AddLanguage AddHandler AddInputFilter AddOutputFilter RemoveType RemoveEncoding RemoveCharset RemoveLanguage RemoveHandler RemoveInputFilter RemoveOutputFilter DefaultLanguage ModMimeUsePathInfo',
  ],
  [
    'no programs are run',
    'RLimitCPU RLimitMEM RLimitNPROC Suexec SuexecUserGroup ScriptSock ScriptLog ScriptLogBuffer ScriptLogLength CGIPassAuth CGIVar CGIScriptTimeout CGIDScriptTimeout',
  ],
  ['answers carry no pages of the gateway naming it', 'ServerAdmin ServerTokens ServerSignature'],
];

const onlyFlag =
  (wanted: boolean, otherwise: string) =>
  (words: readonly string[]): string | undefined => {
    const parsed = flag.parse(words[0] ?? '');
    if (!parsed.ok || words.length !== 1) return 'must be On or Off';
    return parsed.value === wanted ? undefined : otherwise;
  };

const onlyWord =
  (accepted: readonly string[], otherwise: string) =>
  (words: readonly string[]): string | undefined =>
    words.length > 0 && words.every((word) => accepted.includes(word.toLowerCase())) ? undefined : otherwise;

const onlyNumber =
  (type: { parse: (text: string) => { ok: true } | { ok: false; error: string } }) =>
  (words: readonly string[]): string | undefined => {
    const parsed = type.parse(words[0] ?? '');
    if (!parsed.ok) return parsed.error;
    return words.length === 1 ? undefined : 'takes one number';
  };

const NO_ACCESS_CONTROL = 'access control is not supported by this version, and leaving it out would let everybody in';
const LATER = 'is not supported by this version';

const SOMETIMES: readonly IgnoredSpec[] = [
  {
    name: 'Require',
    reason: 'everything is granted unless something else is said',
    refuse: (words) => (words.join(' ').toLowerCase() === 'all granted' ? undefined : NO_ACCESS_CONTROL),
  },
  {
    name: 'Allow',
    reason: 'everything is granted unless something else is said',
    refuse: (words) => (words.join(' ').toLowerCase() === 'from all' ? undefined : NO_ACCESS_CONTROL),
  },
  {
    name: 'Order',
    reason: 'everything is granted unless something else is said',
    // Deny is refused wherever it stands, so this order grants everything; the other one needs an Allow somewhere.
    refuse: (words) =>
      words.join(' ').toLowerCase() === 'deny,allow'
        ? undefined
        : `${NO_ACCESS_CONTROL}; if everybody may come in, write Require all granted instead`,
  },
  {
    name: 'ProxyRequests',
    reason: 'forward proxying is never done',
    refuse: onlyFlag(
      false,
      'On asks for forward proxying, which this gateway never does; it serves what ProxyPass names',
    ),
  },
  {
    name: 'UseCanonicalName',
    reason: 'names come from the request anyway',
    refuse: onlyWord(['off'], 'only Off is supported by this version'),
  },
  {
    name: 'UseCanonicalPhysicalPort',
    reason: 'ports come from the request anyway',
    refuse: onlyFlag(false, 'only Off is supported by this version'),
  },
  {
    name: 'Protocols',
    reason: 'HTTP/1.1 is spoken anyway',
    refuse: onlyWord(['http/1.1'], 'only http/1.1 is supported by this version'),
  },
  {
    name: 'ProtocolsHonorOrder',
    reason: 'HTTP/1.1 is the only protocol',
    refuse: (words) => (flag.parse(words[0] ?? '').ok && words.length === 1 ? undefined : 'must be On or Off'),
  },
  {
    name: 'HttpProtocolOptions',
    reason: 'requests are read strictly anyway',
    refuse: onlyWord(
      ['strict', 'lenientmethods', 'require1.0'],
      'only Strict, LenientMethods and Require1.0 are supported',
    ),
  },
  { name: 'AllowEncodedSlashes', reason: 'Off is the default', refuse: onlyWord(['off'], `other than Off ${LATER}`) },
  {
    name: 'TraceEnable',
    reason: 'On is the default',
    refuse: onlyFlag(true, `Off ${LATER}: TRACE is passed on to backends as any request`),
  },
  { name: 'MergeSlashes', reason: 'On is the default', refuse: onlyFlag(true, `Off ${LATER}`) },
  { name: 'MergeTrailers', reason: 'Off is the default', refuse: onlyFlag(false, `On ${LATER}`) },
  { name: 'Proxy100Continue', reason: 'On is the default', refuse: onlyFlag(true, `Off ${LATER}`) },
  { name: 'ProxyPassInterpolateEnv', reason: 'Off is the default', refuse: onlyFlag(false, `On ${LATER}`) },
  { name: 'ProxyPassInherit', reason: 'On is the default', refuse: onlyFlag(true, `Off ${LATER}`) },
  { name: 'BalancerInherit', reason: 'On is the default', refuse: onlyFlag(true, `Off ${LATER}`) },
  { name: 'ProxyErrorOverride', reason: 'Off is the default', refuse: onlyWord(['off'], `other than Off ${LATER}`) },
  {
    name: 'ProxyBadHeader',
    reason: 'IsError is the default',
    refuse: onlyWord(['iserror'], `other than IsError ${LATER}`),
  },
  {
    name: 'ProxyMaxForwards',
    reason: '-1 is the default',
    refuse: (words) => (/^-\d+$/.test(words[0] ?? '') && words.length === 1 ? undefined : `other than -1 ${LATER}`),
  },
  {
    name: 'BalancerPersist',
    reason: 'overrides are kept by the control plane',
    refuse: (words) => (onlyFlag(true, '')(words) === 'must be On or Off' ? 'must be On or Off' : undefined),
  },
  {
    name: 'BalancerGrowth',
    reason: 'members and balancers can be added at any time',
    refuse: onlyNumber(integer({ min: 0, max: 1_000 })),
  },
  {
    name: 'ProxyHCTPsize',
    reason: 'each node bounds its health checks by itself',
    refuse: onlyNumber(integer({ min: 0 })),
  },
  { name: 'ProxyIOBufferSize', reason: 'buffers are sized as needed', refuse: onlyNumber(bufferBytes) },
  { name: 'ProxyReceiveBufferSize', reason: "the system's size is used", refuse: onlyNumber(bufferBytes) },
  {
    name: 'ProxyStatus',
    reason: 'the console shows all balancers',
    refuse: onlyWord(['on', 'off', 'full'], 'must be On, Off or Full'),
  },
];

export const IGNORED_DIRECTIVES: readonly IgnoredSpec[] = [
  ...NEVER.flatMap(([reason, names]) => names.split(' ').map((name) => ({ name, reason }))),
  ...SOMETIMES,
];

/** Sections about files: what stands in them concerns no request that is proxied. */
export const IGNORED_SECTIONS: readonly string[] = ['Directory', 'DirectoryMatch', 'Files', 'FilesMatch'];
