/** Pieces of schemas that several routes share; answers' schemas are documentation only. */

export const revisionText = { type: 'string', pattern: '^[0-9]{1,15}$', description: 'a revision, from 1' } as const;

export const durationText = {
  type: 'string',
  pattern: '^([0-9]{1,9}(ms|s|min|m|h|d))+$',
  maxLength: 40,
  description: 'a duration: 30s, 10m, 1h30m',
} as const;

/** A page's length. */
export const limitText = {
  type: 'string',
  pattern: '^([1-9][0-9]?|[1-4][0-9]{2}|500)$',
  description: '1 to 500; default 50',
} as const;

/** What a text that does not match should be. */
export const PATTERN_WORDS: ReadonlyMap<string, string> = new Map([
  [revisionText.pattern, 'must be a revision, a number such as 12'],
  [durationText.pattern, 'must be a duration such as 30s, 10m or 1h30m'],
  [limitText.pattern, 'must be a number, 1 to 500'],
]);

export const actorText = {
  type: 'string',
  minLength: 1,
  maxLength: 128,
  description: 'who asks, for the history; default api',
} as const;

export const messageText = { type: 'string', maxLength: 1_000, description: 'why, for the history' } as const;

export const commandHeaders = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      minLength: 1,
      maxLength: 128,
      description: 'the same key again gives the first result, for at least 24 hours',
    },
    'if-match': { type: 'string', maxLength: 64, description: 'the revision expected, as in ETag: "12"' },
  },
} as const;

export const commandQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    dryRun: { type: 'string', enum: ['true', 'false'], description: 'say what would change, commit nothing' },
    wait: {
      ...durationText,
      description: 'wait until all nodes serve the revision, one rejects it, or this time is over',
    },
  },
} as const;

const changes = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      kind: { type: 'string', enum: ['added', 'removed', 'changed', 'reordered'] },
      object: { type: 'string' },
      id: { type: 'string' },
      parameter: { type: 'string' },
      before: { type: 'string' },
      after: { type: 'string' },
      text: { type: 'string', description: 'the change in one line' },
    },
  },
} as const;

export const changesSchema = changes;

export const outcomeSchema = {
  description: 'what the command came to',
  type: 'object',
  properties: {
    outcome: { type: 'string', enum: ['committed', 'unchanged', 'planned'] },
    revision: { type: 'integer', description: 'the new revision; the current one when nothing was committed' },
    changes,
    warnings: { type: 'array', items: { type: 'string' } },
    replayed: { type: 'boolean', description: 'the idempotency key was known: this is the first result' },
    durability: {
      type: 'object',
      description: 'of a commit made now: what it survives',
      properties: {
        level: { type: 'string', enum: ['memory', 'disk', 'replicated'] },
        replicas: { type: 'integer', description: 'servers besides the primary that confirmed it' },
      },
    },
    propagation: {
      type: 'object',
      description: 'of a commit made now: whether it is on its way to the nodes',
      properties: { published: { type: 'boolean' }, reason: { type: 'string' } },
    },
    nodes: {
      type: 'object',
      description: 'with wait: how far the nodes are',
      properties: {
        kind: { type: 'string', enum: ['converged', 'rejected', 'waiting'] },
        revision: { type: 'integer' },
        serving: { type: 'array', items: { type: 'string' } },
        rejected: { type: 'array', items: { type: 'object', additionalProperties: true } },
        waitingFor: { type: 'array', items: { type: 'string' } },
        slowest: { type: 'object', additionalProperties: true },
      },
    },
  },
} as const;

export const problemSchema = {
  description: 'a problem (RFC 9457)',
  type: 'object',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { path: { type: 'string' }, detail: { type: 'string' } } },
    },
    currentRevision: { type: 'integer' },
  },
} as const;

/** Answers of a read; of a command, with `outcomeSchema`. */
export function answers(ok: object) {
  return { 200: ok, '4xx': problemSchema, '5xx': problemSchema };
}
