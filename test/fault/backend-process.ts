import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '#test/support/ports.ts';
import type { Program } from '#test/support/program.ts';
import { accepting, startProgram } from '#test/support/program.ts';
import type { Counts } from './ledger.ts';
import { createLedger, readLedger } from './ledger.ts';

const SCRIPT = fileURLToPath(new URL('./counting-backend.ts', import.meta.url));

/** A backend that can be killed and comes back on the same port with its counts. */
export type BackendProcess = {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  counts(): Counts;
  /** SIGKILL: nothing is finished, nothing is told. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Resolves when it accepts connections. */
  revive(): Promise<void>;
  /** Kills it and removes its counts. */
  close(): Promise<void>;
};

/** @param host address of this machine to listen on */
export async function startBackendProcess(name: string, host = '127.0.0.1'): Promise<BackendProcess> {
  const port = await freePort(host);
  const ledger = join(tmpdir(), `penstock-ledger-${process.pid}-${name}-${port}`);
  createLedger(ledger);
  let program: Program | undefined;
  const backend: BackendProcess = {
    name,
    port,
    url: `http://${host}:${port}`,
    counts: () => readLedger(ledger),
    async kill() {
      await program?.stop('SIGKILL');
    },
    async revive() {
      program = startProgram(process.execPath, [SCRIPT, name, String(port), ledger, host]);
      await accepting(program, port, host);
    },
    async close() {
      await backend.kill();
      rmSync(ledger, { force: true });
    },
  };
  await backend.revive();
  return backend;
}
