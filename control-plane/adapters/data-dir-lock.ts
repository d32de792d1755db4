import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OperatingError } from '../operating-error.ts';

const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_CANTOPEN = 14;

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
    createFolder(path);
  } catch (err) {
    throw new OperatingError('bad-config', `cannot create data directory ${path}: ${reasonOf(err)}`, { cause: err });
  }
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(join(path, 'penstock.lock'), { timeout: 0 });
    // No journal on disk: it would want room, and a node starts on a full disk, too.
    db.exec('PRAGMA journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (err) {
    db?.close();
    if (isLocked(err)) throw new OperatingError('in-use', `data directory ${path} is in use by ${holder(pidFile)}`);
    throw new OperatingError('bad-config', `cannot use data directory ${path}: ${reasonOf(err)}`, { cause: err });
  }
  const held = db;
  try {
    writeFileSync(pidFile, `${process.pid}\n`);
  } catch {
    // It only names us to who comes second.
  }
  return { path, release: () => held.close() };
}

function isLocked(err: unknown): boolean {
  return (err as { errcode?: unknown }).errcode === SQLITE_BUSY;
}

function holder(pidFile: string): string {
  try {
    return `process ${readFileSync(pidFile, 'utf8').trim()}`;
  } catch {
    return 'another process';
  }
}

/** Folder by folder: in places like /proc, `recursive: true` of mkdir never returns. */
function createFolder(path: string): void {
  if (existsSync(path)) return;
  createFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'EEXIST') throw err; // Another process was faster.
  }
}

function reasonOf(err: unknown): string {
  const { code, errcode, message } = err as { code?: unknown; errcode?: unknown; message?: unknown };
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not write there';
  if (code === 'EROFS') return 'the file system is read-only';
  if (code === 'ENOTDIR') return 'a part of the path is a file';
  if (errcode === SQLITE_CANTOPEN || errcode === SQLITE_READONLY)
    return 'it is no directory that this user may write to';
  return String(message ?? err);
}
