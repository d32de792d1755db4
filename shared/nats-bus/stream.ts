import type { JetStreamManager, StreamConfig, StreamInfo } from '@nats-io/jetstream';
import { DiscardPolicy, JetStreamApiCodes, JetStreamApiError, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { BusError, subjects } from '../bus.ts';
import { busErrorOf, causesOf } from './faults.ts';
import type { NatsSettings } from './settings.ts';
import { livePrefix } from './subjects.ts';

export function streamName(fleet: string): string {
  return `PENSTOCK_${fleet}`;
}

type Wanted = ReturnType<typeof streamConfig>;

type StreamSettings = Pick<NatsSettings, 'fleet' | 'storage' | 'replicas' | 'maxStreamBytes'>;

/**
 * The fleet's stream: the last message of each kept key. What it stores it sends on to `live.`, with its sequence
 * number, so that who listens knows which of two is newer; nothing that was refused is sent on.
 *
 * Nothing here is newer than nats-server 2.9.
 */
export function streamConfig({ fleet, storage, replicas, maxStreamBytes }: StreamSettings) {
  const { kept } = subjects(fleet);
  return {
    name: streamName(fleet),
    // The mark of ours: `metadata` would be ignored before 2.10.
    description: `Penstock fleet ${fleet}: the last message of each key`,
    subjects: [kept],
    retention: RetentionPolicy.Limits,
    storage: storage === 'file' ? StorageType.File : StorageType.Memory,
    num_replicas: replicas,
    max_msgs_per_subject: 1,
    max_bytes: maxStreamBytes,
    discard: DiscardPolicy.Old,
    allow_direct: true,
    max_msg_size: -1,
    max_msgs: -1,
    max_age: 0,
    republish: { src: kept, dest: `${livePrefix(fleet)}>` },
  } satisfies Partial<StreamConfig>;
}

/** What one party knows of streams it makes, or sees others make. */
export type StreamMaker = {
  /** Tells whose stream it is while it is being made. */
  readonly id: string;
  /** A stream that is not ready yet: its time of creation, and since when it is known here (monotonic). */
  unready: { readonly created: string; readonly sinceMs: number } | undefined;
};

/** A stream that is not ready takes nothing that is larger than this, as all reports of nodes are; replicas wait. */
const UNREADY_MAX_BYTES = 1;
/** After this a stream whose maker died is finished by whoever finds it. */
const UNREADY_MS = 10_000;

/**
 * Makes the stream, or takes the one that is there and sets right what can be set.
 *
 * @param nowMs monotonic
 * @throws BusError `refused` when the server has no JetStream, no room, or a stream of that name that is not ours;
 *   `disconnected` when it cannot tell now, or another replica is making it
 */
export async function ensureStream(
  jsm: JetStreamManager,
  settings: StreamSettings,
  maker: StreamMaker,
  nowMs: number,
): Promise<void> {
  const wanted = streamConfig(settings);
  const there = (await infoOf(jsm, wanted.name)) ?? (await begun(jsm, wanted, maker));
  if (isUnready(there.config)) return finish(jsm, there, wanted, maker, nowMs);
  refuseForeign(there.config, wanted);
  if (differs(there.config, wanted)) await update(jsm, wanted);
}

/**
 * A new stream takes nothing yet, so that its maker can set the first version before anything is kept: it is the time
 * of creation in microseconds, so that versions go on growing when a stream was lost and made again. (`first_seq`
 * would be ignored before 2.10.)
 */
async function begun(jsm: JetStreamManager, wanted: Wanted, maker: StreamMaker): Promise<StreamInfo> {
  const description = `${wanted.description}; being made by ${maker.id}`;
  try {
    return await jsm.streams.add({ ...wanted, description, max_msg_size: UNREADY_MAX_BYTES });
  } catch (err) {
    // Another replica was first.
    const there = await infoOf(jsm, wanted.name).catch(() => undefined);
    if (there !== undefined) return there;
    throw streamErrorOf(err, `make stream ${wanted.name}`);
  }
}

async function finish(
  jsm: JetStreamManager,
  { config, created }: StreamInfo,
  wanted: Wanted,
  maker: StreamMaker,
  nowMs: number,
): Promise<void> {
  if (config.description?.endsWith(maker.id)) {
    // Microseconds: no stream takes a million messages a second, so the next one begins above its last.
    const first = Date.parse(created) * 1000;
    // Only on disk: 2.9's memory store walks down all numbers to 0 when replicas catch up.
    if (wanted.storage === StorageType.File && Number.isSafeInteger(first) && first > 1) {
      await asking(`set the first version of stream ${wanted.name}`, jsm.streams.purge(wanted.name, { seq: first }));
    }
  } else if (maker.unready?.created !== created) {
    maker.unready = { created, sinceMs: nowMs };
    throw beingMade(wanted.name);
  } else if (nowMs - maker.unready.sinceMs < UNREADY_MS) throw beingMade(wanted.name);
  await update(jsm, wanted);
}

function beingMade(name: string): BusError {
  return new BusError('disconnected', `stream ${name} is being made by another replica`);
}

function isUnready({ max_msg_size, description }: StreamConfig): boolean {
  return max_msg_size === UNREADY_MAX_BYTES && description?.includes('; being made by ') === true;
}

async function update(jsm: JetStreamManager, wanted: Wanted): Promise<void> {
  await asking(`update stream ${wanted.name}`, jsm.streams.update(wanted.name, wanted));
}

async function infoOf(jsm: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(name);
  } catch (err) {
    if (codeOf(err) === JetStreamApiCodes.StreamNotFound) return undefined;
    throw streamErrorOf(err, `look for stream ${name}`);
  }
}

/** What cannot be changed, or would take another's messages. */
function refuseForeign(there: StreamConfig, wanted: Wanted): void {
  const wrong: string[] = [];
  const compare = (setting: string, is: unknown, want: unknown) => {
    if (JSON.stringify(is) !== JSON.stringify(want)) {
      wrong.push(`${setting} is ${JSON.stringify(is) ?? 'not set'}, want ${JSON.stringify(want)}`);
    }
  };
  compare('description', there.description, wanted.description);
  compare('subjects', there.subjects, wanted.subjects);
  compare('retention', there.retention, wanted.retention);
  compare('storage', there.storage, wanted.storage);
  compare('republish', there.republish, wanted.republish);
  compare('mirror', there.mirror ?? null, null);
  compare('sources', there.sources ?? [], []);
  compare('sealed', there.sealed ?? false, false);
  compare('deny_delete', there.deny_delete ?? false, false);
  compare('deny_purge', there.deny_purge ?? false, false);
  if (wrong.length > 0) {
    throw new BusError('refused', `stream ${there.name} cannot be this fleet's: ${wrong.join('; ')}`);
  }
}

function differs(there: StreamConfig, wanted: Wanted): boolean {
  return (
    there.num_replicas !== wanted.num_replicas ||
    there.max_msgs_per_subject !== wanted.max_msgs_per_subject ||
    there.max_bytes !== wanted.max_bytes ||
    there.discard !== wanted.discard ||
    there.allow_direct !== wanted.allow_direct ||
    // Limits an operator may have added would lose what must be kept.
    (there.max_age ?? 0) !== wanted.max_age ||
    (there.max_msgs ?? -1) !== wanted.max_msgs ||
    (there.max_msg_size ?? -1) !== wanted.max_msg_size
  );
}

async function asking<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (err) {
    throw streamErrorOf(err, what);
  }
}

function streamErrorOf(err: unknown, what: string): BusError {
  const noJetStream =
    codeOf(err) === JetStreamApiCodes.JetStreamNotEnabledForAccount ||
    [...causesOf(err)].some((cause) => cause instanceof errors.NoRespondersError);
  if (noJetStream) {
    return new BusError(
      'refused',
      `${what}: JetStream is not enabled on this server or for this account; start nats-server with -js`,
      { cause: err },
    );
  }
  return busErrorOf(err, what);
}

function codeOf(err: unknown): number | undefined {
  const api = [...causesOf(err)].find((cause) => cause instanceof JetStreamApiError);
  return api instanceof JetStreamApiError ? api.code : undefined;
}
