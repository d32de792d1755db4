import { ensureDockerEngine } from './engine.ts';

/** Before tests with containers: an engine that answers. */
export async function setup(): Promise<void> {
  await ensureDockerEngine();
}
