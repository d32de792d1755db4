import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OperatingError } from '../operating-error.ts';

/** A data directory that is ours until released or until this process ends, however it ends. */
export type DataDirLock = { readonly path: string; release(): void };

/**
 * Creates the directory if needed and takes it for this process. The lock is the operating system's file lock under an exclusive
 * SQLite transaction, so a killed process leaves nothing stale behind.
 *
 * @throws OperatingError `in-use` when another process has it, naming that process; `bad-config` when it cannot be created
 */
export function lockDataDir(path: string): DataDirLock {
  const pidFile = join(path, 'penstock.pid');
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (err) {
    throw new OperatingError('bad-config', `cannot create data directory ${path}: ${messageOf(err)}`, { cause: err });
  }
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(join(path, 'penstock.lock'), { timeout: 0 });
    db.exec('BEGIN EXCLUSIVE');
    writeFileSync(pidFile, `${process.pid}\n`);
  } catch (err) {
    db?.close();
    if (isLocked(err)) throw new OperatingError('in-use', `data directory ${path} is in use by ${holder(pidFile)}`);
    throw new OperatingError('bad-config', `cannot use data directory ${path}: ${messageOf(err)}`, { cause: err });
  }
  const held = db;
  return { path, release: () => held.close() };
}

/** SQLITE_BUSY. */
function isLocked(err: unknown): boolean {
  return (err as { errcode?: unknown }).errcode === 5;
}

function holder(pidFile: string): string {
  try {
    return `process ${readFileSync(pidFile, 'utf8').trim()}`;
  } catch {
    return 'another process';
  }
}

function messageOf(err: unknown): string {
  return err instanceof Error ? err.message : String(err);
}
