import { frameOf } from './frame.ts';
import { type HealthCore, type HealthEffect, isConfigured } from './health-core.ts';
import { isDeaf, NODE_LEASE_MS } from './membership.ts';

/** A replica that did not publish the last frame leaves the next one to who did, for so much of a period. */
const OTHERS_GRACE = 1.25;
/** Frames of a later version than one's own log are left alone for so many periods; nodes stop believing them then, too. */
const TRUSTED_PERIODS = 3;

/** What the bus should have that it does not: frames at once and each period, members when they change. */
export function publications(core: HealthCore, nowMs: number): readonly HealthEffect[] {
  if (!core.busConnected || !isConfigured(core) || nowMs < core.publishAgainMs) return [];
  const effects: HealthEffect[] = [];
  if (isMembersDue(core, nowMs)) {
    effects.push({ kind: 'publish-members', members: core.members });
    core.membersOnBus = { version: core.members.version, atMs: nowMs };
    core.membersDue = false;
  }
  if (isFrameDue(core, nowMs)) {
    const { frame, left } = frameOf(core.log, core.config, {
      fleet: core.fleet,
      periodMs: core.settings.periodMs,
      maxBytes: core.settings.maxFrameBytes,
      // What nodes find on the bus, whoever put it there.
      membersVersion: core.membersOnBus?.version ?? core.members.version,
    });
    effects.push({ kind: 'publish-frame', frame });
    core.lastFrame = { version: frame.version, atMs: nowMs, own: true };
    core.leftOut = left;
  }
  core.frameDue = 'no';
  return effects;
}

function isFrameDue({ frameDue, lastFrame, log, settings }: HealthCore, nowMs: number): boolean {
  if (lastFrame === undefined) return true;
  const ageMs = nowMs - lastFrame.atMs;
  if (lastFrame.version > log.version) return ageMs >= TRUSTED_PERIODS * settings.periodMs;
  if (frameDue === 'always' || (frameDue === 'unless-seen' && lastFrame.version < log.version)) return true;
  return ageMs >= settings.periodMs * (lastFrame.own ? 1 : OTHERS_GRACE);
}

/**
 * Members are published when they change here. Replicas that hear differently do not correct each other at once, or they would
 * never stop; one whose members have been others than those on the bus for a whole lease does.
 */
function isMembersDue(core: HealthCore, nowMs: number): boolean {
  const { members, membersOnBus, membersDue, hearing } = core;
  if (!core.knowsMembers || isDeaf(hearing, nowMs)) return false;
  if (membersOnBus === undefined) return true;
  if (membersOnBus.version === members.version) return false;
  return membersDue || nowMs - membersOnBus.atMs >= NODE_LEASE_MS;
}
