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
    republish: { src: kept, dest: `${livePrefix(fleet)}>` },
  } satisfies Partial<StreamConfig>;
}

/**
 * Makes the stream, or takes the one that is there and sets right what can be set.
 *
 * @throws BusError `refused` when the server has no JetStream, no room, or a stream of that name that is not ours;
 *   `disconnected` when it cannot tell now
 */
export async function ensureStream(jsm: JetStreamManager, settings: StreamSettings): Promise<void> {
  const wanted = streamConfig(settings);
  const there = (await infoOf(jsm, wanted.name)) ?? (await made(jsm, wanted));
  refuseForeign(there.config, wanted);
  if (differs(there.config, wanted)) {
    await asking(`update stream ${wanted.name}`, jsm.streams.update(wanted.name, wanted));
  }
  if (there.state.last_seq === 0) await startAtCreation(jsm, there);
}

async function infoOf(jsm: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(name);
  } catch (err) {
    if (codeOf(err) === JetStreamApiCodes.StreamNotFound) return undefined;
    throw streamErrorOf(err, `look for stream ${name}`);
  }
}

async function made(jsm: JetStreamManager, wanted: ReturnType<typeof streamConfig>): Promise<StreamInfo> {
  try {
    return await jsm.streams.add(wanted);
  } catch (err) {
    // Another replica, with other settings, was first.
    const there = await infoOf(jsm, wanted.name).catch(() => undefined);
    if (there !== undefined) return there;
    throw streamErrorOf(err, `make stream ${wanted.name}`);
  }
}

/**
 * Lets the first version be the stream's time of creation in milliseconds, so that versions go on growing when a
 * stream was lost and made again. All replicas compute the same number, and purging up to it again removes nothing.
 */
async function startAtCreation(jsm: JetStreamManager, { config, created }: StreamInfo): Promise<void> {
  const first = Date.parse(created);
  if (!Number.isSafeInteger(first) || first < 2) return;
  await asking(`set the first version of stream ${config.name}`, jsm.streams.purge(config.name, { seq: first }));
}

/** What cannot be changed, or would take another's messages. */
function refuseForeign(there: StreamConfig, wanted: ReturnType<typeof streamConfig>): void {
  const wrong: string[] = [];
  const compare = (setting: string, is: unknown, want: unknown) => {
    if (JSON.stringify(is) !== JSON.stringify(want)) {
      wrong.push(`${setting} is ${JSON.stringify(is)}, want ${JSON.stringify(want)}`);
    }
  };
  compare('description', there.description, wanted.description);
  compare('subjects', there.subjects, wanted.subjects);
  compare('retention', there.retention, wanted.retention);
  compare('storage', there.storage, wanted.storage);
  compare('mirror', there.mirror ?? null, null);
  compare('sources', there.sources ?? [], []);
  compare('sealed', there.sealed ?? false, false);
  compare('deny_delete', there.deny_delete ?? false, false);
  compare('deny_purge', there.deny_purge ?? false, false);
  if (wrong.length > 0) {
    throw new BusError('refused', `stream ${there.name} cannot be this fleet's: ${wrong.join('; ')}`);
  }
}

function differs(there: StreamConfig, wanted: ReturnType<typeof streamConfig>): boolean {
  return (
    there.num_replicas !== wanted.num_replicas ||
    there.max_msgs_per_subject !== wanted.max_msgs_per_subject ||
    there.max_bytes !== wanted.max_bytes ||
    there.discard !== wanted.discard ||
    there.allow_direct !== wanted.allow_direct ||
    there.republish?.src !== wanted.republish.src ||
    there.republish?.dest !== wanted.republish.dest ||
    // Limits an operator may have added would lose what must be kept.
    (there.max_age ?? 0) !== 0 ||
    (there.max_msgs ?? -1) !== -1 ||
    (there.max_msg_size ?? -1) !== -1
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
