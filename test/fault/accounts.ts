import type { BackendProcess } from './backend-process.ts';
import type { KillRun, WrkTotals } from './kill-run.ts';
import type { Outcomes } from './verifying-client.ts';

/**
 * Holds what clients saw, what the gateway counted and what backends counted against each other.
 *
 * While nothing is killed, per worker and exactly:
 *   elected = requests = backend's received = backend's answered = responses = whole answers the clients got, errors = 0;
 *   transferred = bytes the backend read; read = 15 bytes of status line per answer + the backend's body bytes.
 *
 * While backends are killed an exchange may have been seen by some sides only. Per worker, always:
 *   whole answers at clients <= responses <= requests;  received <= requests <= elected;
 *   elected - responses - errors = exchanges whose client went away, which only wrk does when it stops.
 * And over all workers:
 *   responses - whole answers at clients = answers relayed whole to wrk after it had stopped counting;
 *   failures at clients <= errors;  no more than the connections that could be in use at each kill;
 *   every request clients finished = whole answers + failures.
 *
 * @returns what doesn't hold; empty when all does
 */
export function accounts(run: KillRun, backends: readonly BackendProcess[], connections: number): string[] {
  const faults: string[] = [];
  const hold = (what: string, holds: boolean) => {
    if (!holds) faults.push(what);
  };

  for (const [phase, quiet] of run.quiet.entries()) {
    hold(
      `quiet phase ${phase}: failures ${JSON.stringify(quiet.outcomes.failures)}`,
      quiet.outcomes.failures.length === 0,
    );
    hold(`quiet phase ${phase}: wrong ${JSON.stringify(quiet.outcomes.wrong)}`, quiet.outcomes.wrong.length === 0);
    for (const [index, backend] of backends.entries()) {
      const worker = quiet.workers[index];
      const counts = quiet.backends[index];
      if (worker === undefined || counts === undefined) throw new Error(`no counts of ${backend.name}`);
      const ok = quiet.outcomes.ok.get(backend.name) ?? 0;
      const seen = [ok, worker.elected, worker.requests, worker.responses, counts.received, counts.answered];
      const names = 'clients, elected, requests, responses, received, answered';
      hold(
        `quiet phase ${phase}, ${backend.name}: ${names} are ${seen}`,
        new Set(seen).size === 1 && worker.errors === 0,
      );
      const read = 'HTTP/1.1 200 OK'.length * ok + counts.bodyOut;
      hold(`quiet phase ${phase}, ${backend.name}: read ${worker.read}, backend wrote ${read}`, worker.read === read);
      const { transferred } = worker;
      hold(
        `quiet phase ${phase}, ${backend.name}: transferred ${transferred}, backend read ${counts.bytesIn}`,
        transferred === counts.bytesIn,
      );
    }
  }

  const { wrk, verified, kills } = run;
  hold(`${wrk.wrong} answers wrk took for complete were not what a backend sent`, wrk.wrong === 0);
  hold(
    `answers taken for complete were not what a backend sent: ${verified.wrong.slice(0, 5)}`,
    verified.wrong.length === 0,
  );
  hold(`${wrk.other} answers with a status nobody sent`, wrk.other === 0 && count(verified, 'other') === 0);
  // One of several backends is down at a time: another attempt always finds one that is up.
  hold(
    `${wrk['503'] + count(verified, '503')} answers 503 though a backend was up`,
    wrk['503'] + count(verified, '503') === 0,
  );
  hold(`wrk: ${wrk.requests} answers, ${wrk.ok} whole + ${wrk['502']} 502s`, wrk.requests === wrk.ok + wrk['502']);
  for (const failure of verified.failures) {
    const near = kills.some(({ fromMs, toMs }) => failure.atMs >= fromMs && failure.atMs <= toMs + 500);
    hold(`a ${failure.kind} while no backend was down`, near);
  }

  const failures = wrk['502'] + wrk.broken + verified.failures.length;
  const total = (field: 'elected' | 'responses' | 'errors') => run.workers.reduce((sum, row) => sum + row[field], 0);
  hold(
    `${failures} failures at clients, ${total('errors')} at the gateway`,
    failures <= total('errors') + wrk.unfinished,
  );
  hold(
    `${failures} failures with ${kills.length} kills of at most ${connections} exchanges`,
    failures <= kills.length * connections,
  );
  const aborted = total('elected') - total('responses') - total('errors');
  hold(`${aborted} attempts neither answered nor failed`, aborted >= 0 && aborted <= wrk.unfinished);
  const ok = backends.reduce((sum, { name }) => sum + okOf(name, run), 0);
  const unread = total('responses') - ok;
  hold(`${unread} answers relayed whole that no client has seen`, unread >= 0 && unread <= wrk.unfinished);

  for (const [index, backend] of backends.entries()) {
    const worker = run.workers[index];
    const counts = run.backends[index];
    if (worker === undefined || counts === undefined) throw new Error(`no counts of ${backend.name}`);
    const ok = okOf(backend.name, run);
    const { elected, requests, responses } = worker;
    const text = `${backend.name}: clients ${ok}, responses ${responses}, requests ${requests}, elected ${elected}, received ${counts.received}`;
    hold(`${text}: out of order`, ok <= responses && responses <= requests && requests <= elected);
    hold(`${text}: the backend received what was never sent`, counts.received <= requests);
    hold(`${text}: answers nobody gave`, responses <= counts.received);
    hold(`${backend.name} received ${counts.corrupt} uploads that were not what was sent`, counts.corrupt === 0);
  }
  return faults;
}

/** What was seen, in a few lines. */
export function accountLines(run: KillRun, backends: readonly BackendProcess[]): string[] {
  const { wrk, verified, kills } = run;
  const ok = [...verified.ok.values()].reduce((sum, each) => sum + each, 0);
  return [
    `${kills.length} kills; wrk: ${wrk.requests} answers (${wrk.ok} whole, ${wrk['502']} 502, ${wrk['503']} 503), ${wrk.broken} connections broken`,
    `verifying client: ${ok} whole, ${count(verified, '502')} 502, ${count(verified, '503')} 503, ${count(verified, 'closed')} closed unanswered, ${count(verified, 'cut')} cut`,
    ...backends.map(({ name }, index) => {
      const worker = run.workers[index];
      const counts = run.backends[index];
      return `${name}: clients ${okOf(name, run)}, responses ${worker?.responses}, answered ${counts?.answered}, received ${counts?.received}, requests ${worker?.requests}, errors ${worker?.errors}, elected ${worker?.elected}`;
    }),
  ];
}

function okOf(
  name: string,
  { wrk, verified, quiet }: { wrk: WrkTotals; verified: Outcomes; quiet: KillRun['quiet'] },
): number {
  const calm = quiet.reduce((sum, { outcomes }) => sum + (outcomes.ok.get(name) ?? 0), 0);
  return (wrk.okBy.get(name) ?? 0) + (verified.ok.get(name) ?? 0) + calm;
}

function count(outcomes: Outcomes, kind: string): number {
  return outcomes.failures.filter((failure) => failure.kind === kind).length;
}
