import { type Bus, subjects } from '#shared/bus.ts';
import { encodeHealthFrame, encodeMembers } from '#shared/codec/health-codec.ts';
import type { HealthEffect, HealthInput } from './core/health/health-core.ts';
import { encodeHealthState } from './core/health/health-state.ts';
import { messageOf, tellEntry } from './health-lines.ts';
import { readHealthLog } from './health-log-reader.ts';
import type { Logger } from './log.ts';
import type { HealthLog, Tail } from './ports.ts';

/** Does what the core asks for, and tells it what came of it. */
export type HealthPerformer = {
  perform(effect: HealthEffect): void;
  /** Follows the log from the core's version on. */
  follow(): void;
  stop(): Promise<void>;
};

export type HealthPerformerOptions = {
  readonly fleet: string;
  readonly health: HealthLog;
  readonly bus: Bus;
  readonly log: Logger;
  readonly step: (input: HealthInput) => void;
  /** Version of the log the core is at. */
  readonly version: () => number;
};

/** Entries read at once. */
const BATCH = 256;

export function createHealthPerformer({
  fleet,
  health,
  bus,
  log,
  step,
  version,
}: HealthPerformerOptions): HealthPerformer {
  const names = subjects(fleet);
  let tail: Tail | undefined;
  let reloading: Promise<void> | undefined;
  let stopped = false;

  /** Something with the log; that it fails is an input like any other. */
  function attempt(work: () => Promise<void>): void {
    work().catch((err: unknown) => step({ kind: 'append-failed', reason: messageOf(err) }));
  }

  function follow(): void {
    tail = health.tail(
      version(),
      (entry) => {
        step({ kind: 'entries', entries: [entry] });
        tellEntry(log, entry);
      },
      // Who has nothing to append would never learn of it.
      () => step({ kind: 'log-gone-back' }),
    );
  }

  /** One at a time, however often it is found that it must be. */
  function reload(): Promise<void> {
    reloading ??= beginAnew().finally(() => {
      reloading = undefined;
    });
    return reloading;
  }

  async function beginAnew(): Promise<void> {
    const state = await readHealthLog(health);
    log.error({ code: 'CP2708', version: version(), found: state.version }, 'the health log has gone back');
    await tail?.stop();
    if (stopped) return;
    step({ kind: 'reloaded', state });
    follow();
  }

  function publish(key: string, payload: Uint8Array): void {
    bus.putLatest(key, payload).catch((err: unknown) => {
      if (stopped) return;
      log.warn({ code: 'CP2706', key, err }, 'verdicts or members could not be published');
      step({ kind: 'publish-failed' });
    });
  }

  return {
    perform(effect) {
      switch (effect.kind) {
        case 'append':
          attempt(async () => {
            const result = await health.append(effect.expectedVersion, effect.events);
            step(result.kind === 'appended' ? result : { kind: 'append-conflict', version: result.version });
          });
          break;
        case 'read':
          attempt(async () => step({ kind: 'entries', entries: await health.read(effect.fromVersion, BATCH) }));
          break;
        case 'reload':
          attempt(reload);
          break;
        case 'publish-frame':
          publish(names.health, encodeHealthFrame(effect.frame));
          break;
        case 'publish-members':
          publish(names.members, encodeMembers(effect.members));
          break;
        case 'checkpoint':
          health.saveCheckpoint(effect.state.version, encodeHealthState(effect.state)).catch((err: unknown) => {
            log.warn({ code: 'CP2707', err }, 'a checkpoint of the health log could not be saved');
          });
          break;
      }
    },
    follow,
    async stop() {
      stopped = true;
      await tail?.stop();
    },
  };
}
