import { enableCompileCache, flushCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Keeps compiled code between runs, for this process and its threads: a command starts, and a node serves from disk, in half the
 * time. In `NODE_COMPILE_CACHE`, else in the user's cache folder; where neither can be written, nothing is kept.
 */
export function keepCompiledCode(env: NodeJS.ProcessEnv = process.env): void {
  env.NODE_COMPILE_CACHE ??= join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'penstock');
  enableCompileCache(env.NODE_COMPILE_CACHE);
}

/** Writes it down now: a process that is killed keeps nothing later. */
export function saveCompiledCode(): void {
  flushCompileCache();
}
