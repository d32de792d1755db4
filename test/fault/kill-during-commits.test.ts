import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Agent, request } from 'undici';
import { expect, test } from 'vitest';
import { canonicalJson } from '#shared/event/canonical-json.ts';
import { balancer, definitionOf, worker } from '../control-plane/support/definitions.ts';
import { type Program, startProgram } from '../support/program.ts';
import { eventually } from '../support/wait.ts';

const PROCESS = fileURLToPath(new URL('control-plane-process.ts', import.meta.url));
const COMMANDS = 200;

/** One command and what was answered: its idempotency key is its number. */
type Command = { readonly key: string; readonly method: 'POST' | 'PUT'; readonly path: string; readonly body: object };
type Acknowledged = { readonly key: string; readonly revision: number; readonly outcome: string };

/**
 * `kill -9` of a control plane at random moments while it is given 200 random commands. Run again with the seed that was printed:
 * `SEED=… npx vitest run test/fault/kill-during-commits.test.ts`.
 */
test('has every acknowledged commit, whole and once, after kill -9 at any moment', { timeout: 300_000 }, async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  console.log(`kill-during-commits: SEED=${seed}`);
  const random = randomFrom(seed);
  const dataDir = mkdtempSync(join(tmpdir(), 'penstock-kill-'));
  const plane = killable(dataDir);
  const acknowledged: Acknowledged[] = [];
  const commands = Array.from({ length: COMMANDS }, (_, n) => randomCommand(n, random));

  let kills = 0;
  let cutOff = 0;
  for (const command of commands) {
    // Somewhere between before the request and after the answer, which takes a few milliseconds.
    const killAfterMs = random() < 0.25 ? random() * 12 : undefined;
    const killing = killAfterMs === undefined ? undefined : plane.killAfter(killAfterMs);
    const first = await plane.send(command);
    if (killing !== undefined) {
      await killing;
      kills++;
    }
    if (first !== undefined) acknowledged.push(first);
    else {
      // The answer was lost: the client asks again with the same key, as penstock's own client does.
      cutOff++;
      const again = await plane.send(command);
      if (again === undefined) throw new Error(`command ${command.key} failed without a kill`);
      acknowledged.push(again);
    }
  }
  await plane.kill();
  console.log(`kill-during-commits: ${kills} kills, ${cutOff} answers lost`);

  const { commits, verified } = await plane.audit();
  expect(verified).toMatchObject({ ok: true, revision: commits.length });
  expect(commits.map(({ revision }) => revision)).toEqual(commits.map((_, i) => i + 1));

  // Every acknowledged commit is there under its revision, made by that very command; none is there twice.
  const committed = acknowledged.filter(({ outcome }) => outcome === 'committed');
  expect(committed.map(({ key, revision }) => `${revision} ${key}`)).toEqual(
    commits.map(({ revision, message }) => `${revision} ${message}`),
  );

  // Nothing half-applied: what the store folds to is what the commands say, one after the other.
  const { definition, overrides } = expectedContent(commands, committed);
  const stored = await plane.content();
  expect(canonicalJson(stored.definition)).toBe(canonicalJson(definition));
  expect(stored.overrides).toEqual(overrides);
  expect(kills).toBeGreaterThan(20);

  await plane.close();
  rmSync(dataDir, { recursive: true });
});

function randomCommand(n: number, random: () => number): Command {
  const key = `command-${n}`;
  const pick = (count: number) => 1 + Math.floor(random() * count);
  if (n === 0 || random() < 0.5) {
    const members = [1, 2, 3].map((id) => worker(id, { loadfactor: pick(100) }));
    const definition = definitionOf(balancer('app', members), balancer('other', [worker(4, { lbset: pick(9) })]));
    return { key, method: 'POST', path: '/v1/apply', body: { definition, message: key } };
  }
  const name = { balancer: 'app', worker: worker(pick(3)).url };
  return {
    key,
    method: 'PUT',
    path: '/v1/overrides',
    body: { ...name, parameters: { loadfactor: pick(100) }, reason: key, message: key },
  };
}

/** What the acknowledged commits amount to: the last definition, and the last act on each worker. */
function expectedContent(commands: readonly Command[], committed: readonly Acknowledged[]) {
  const bodies = new Map(commands.map(({ key, body }) => [key, body as { definition?: unknown; worker?: string }]));
  let definition: unknown;
  const overrides: Record<string, string> = {};
  for (const { key } of committed) {
    const body = bodies.get(key);
    if (body?.definition !== undefined) definition = body.definition;
    else if (body?.worker !== undefined) overrides[body.worker] = key;
  }
  return { definition, overrides };
}

/** A control plane that is started again after each kill, on the same directory. */
function killable(dataDir: string) {
  let running: Promise<{ readonly program: Program; readonly url: string }> | undefined;
  const client = new Agent({ keepAliveTimeout: 10, connect: { timeout: 5_000 } });

  function alive() {
    running ??= start();
    return running;
  }

  async function start() {
    const program = startProgram(process.execPath, [PROCESS, dataDir]);
    const [url = ''] = await eventually('the control plane', () => {
      if (program.child.exitCode !== null) throw new Error(`it ended: ${program.output()}`);
      return /http:\/\/\S+/.exec(program.output()) ?? undefined;
    });
    return { program, url };
  }

  async function kill(): Promise<void> {
    const killed = running;
    running = undefined;
    await (await killed)?.program.stop('SIGKILL');
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of several shapes, checked by the test
  async function get(path: string): Promise<any> {
    const { url } = await alive();
    return (await request(new URL(path, url), { dispatcher: client })).body.json();
  }

  return {
    kill,

    async killAfter(ms: number): Promise<void> {
      await alive();
      await new Promise((resolve) => setTimeout(resolve, ms));
      await kill();
    },

    /** @returns undefined when the process died before it answered */
    async send({ key, method, path, body }: Command): Promise<Acknowledged | undefined> {
      const { url } = await alive();
      let answer: { statusCode: number; body: { json(): Promise<unknown> } };
      let result: { revision: number; outcome: string };
      try {
        answer = await request(new URL(path, url), {
          dispatcher: client,
          method,
          headers: { 'content-type': 'application/json', 'idempotency-key': key },
          body: JSON.stringify(body),
        });
        result = (await answer.body.json()) as typeof result;
      } catch {
        return undefined;
      }
      if (answer.statusCode !== 200) throw new Error(`${key} refused: ${JSON.stringify(result)}`);
      return { key, revision: result.revision, outcome: result.outcome };
    },

    async audit() {
      const commits: { revision: number; message: string }[] = [];
      let before: number | null = null;
      do {
        const page = await get(`/v1/history?limit=100${before === null ? '' : `&before=${before}`}`);
        commits.push(...page.commits);
        before = page.before;
      } while (before !== null);
      return { commits: commits.toReversed(), verified: await get('/v1/verify') };
    },

    async content() {
      const { definition } = await get('/v1/definition');
      const { overrides } = await get('/v1/overrides');
      const reasons = (overrides as { worker: string; reason: string }[]).map(({ worker, reason }) => [worker, reason]);
      return { definition, overrides: Object.fromEntries(reasons) };
    },

    async close() {
      await kill();
      await client.close();
    },
  };
}

/** mulberry32: the same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
