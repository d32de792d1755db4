import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeDelta } from '#shared/codec/delta-codec.ts';
import { encodeHead, encodeKeptConfiguration, encodeSignedHead } from '#shared/codec/head-codec.ts';
import { encodeSnapshot } from '#shared/codec/snapshot-codec.ts';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import { diffSnapshots } from '#shared/snapshot/delta.ts';
import type { Head } from '#shared/snapshot/head.ts';
import { assemble, openConfiguration, openHead, snapshotHash } from '#shared/snapshot/open.ts';
import { generateKeyPair, readSigningKeys, readTrustedKeys, signHead } from '#shared/snapshot/signature.ts';
import type { Snapshot } from '#shared/snapshot/snapshot.ts';
import { stateHash } from '#shared/snapshot/state-hash.ts';
import { arbitrarySnapshots } from './support/snapshots.ts';

const snapshot: Snapshot = {
  fleet: 'f',
  revision: 7,
  definition: { ...EMPTY_DEFINITION, listeners: [{ address: '*', port: 80 }] },
  overrides: [],
};

function headOf(state: Snapshot, change: Partial<Head> = {}): Head {
  return {
    fleet: state.fleet,
    epoch: 0,
    revision: state.revision,
    chainHash: 'ab'.repeat(32),
    stateHash: stateHash(state),
    snapshotRevision: state.revision,
    snapshotHash: snapshotHash(encodeSnapshot(state)),
    requiredFeatures: [],
    ...change,
  };
}

const pair = generateKeyPair();
const keys = readSigningKeys(pair.privatePem, 'key');
const trust = { fleet: 'f', trustedKeys: readTrustedKeys(pair.publicPem, 'key') };

const signed = (head: Head) => encodeSignedHead(signHead(encodeHead(head), keys));
const kept = (head: Head, state = snapshot) =>
  encodeKeptConfiguration({ signedHead: signed(head), snapshot: encodeSnapshot(state) });

describe('a configuration from disk', () => {
  it('is opened when everything about it agrees', () => {
    const opened = openConfiguration(kept(headOf(snapshot)), trust);
    expect(opened).toMatchObject({ head: headOf(snapshot), snapshot, hashed: { stateHash: stateHash(snapshot) } });
  });

  const other = { ...snapshot, definition: EMPTY_DEFINITION };
  it.each([
    ['noise', Uint8Array.of(1, 2, 3), { code: 'unreadable' }],
    ['another state', kept(headOf(snapshot), other), { code: 'unreadable', text: /^state hash of revision 7 is/ }],
    [
      'another revision',
      kept(headOf(snapshot), { ...snapshot, revision: 8 }),
      { code: 'unreadable', text: /^content is of f revision 8, its head of f revision 7/ },
    ],
    [
      'another fleet',
      kept(headOf({ ...snapshot, fleet: 'g' })),
      { code: 'wrong-fleet', text: /^it is of fleet "g", this is "f"/ },
    ],
    [
      'unknown features',
      kept(headOf(snapshot, { requiredFeatures: ['teleport'] })),
      { code: 'unsupported', text: /^revision 7 needs teleport/ },
    ],
  ])('with %s is refused with the reason', (_, encoded, refusal) => {
    const { text = /./, ...rest } = refusal as { code: string; text?: RegExp };
    expect(openConfiguration(encoded, trust)).toMatchObject({ ...rest, text: expect.stringMatching(text) });
  });

  it('is refused when a single byte of it changed', () => {
    const encoded = kept(headOf(snapshot));
    fc.assert(
      fc.property(fc.nat(encoded.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = encoded.with(at, (encoded[at] ?? 0) ^ flip);
        const opened = openConfiguration(damaged, trust);
        // Bytes that carry no meaning may change: an unknown field, the name of a signature that is not needed.
        if (!('code' in opened)) expect(opened.snapshot.definition).toEqual(snapshot.definition);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a head', () => {
  it('that nobody trusted signed is refused, and says what it claims to be', () => {
    const unsigned = encodeSignedHead(signHead(encodeHead(headOf(snapshot)), []));
    expect(openHead(unsigned, trust)).toMatchObject({ code: 'signature', head: { revision: 7 } });
    expect(openHead(unsigned, { ...trust, trustedKeys: [] })).toMatchObject({ head: headOf(snapshot) });
  });
});

describe('what the bus keeps', () => {
  it('gives the configuration of its head: a snapshot and the deltas after it', () => {
    fc.assert(
      fc.property(arbitrarySnapshots, (snapshots) => {
        const [base, ...rest] = snapshots as [Snapshot, ...Snapshot[]];
        const deltas = rest.map((after, i) => {
          const before = snapshots[i] as Snapshot;
          const span = { from: before.revision, to: after.revision };
          return encodeDelta({
            fleet: 'f',
            epoch: 0,
            ...span,
            stateHash: stateHash(after),
            ...diffSnapshots(before, after),
          });
        });
        const bytes = encodeSnapshot(base);
        const last = snapshots.at(-1) as Snapshot;
        const head = headOf(last, { snapshotRevision: base.revision, snapshotHash: snapshotHash(bytes) });
        expect(assemble(head, bytes, deltas)).toMatchObject({ snapshot: last });
        expect(assemble(head, bytes, deltas.slice(1))).toMatchObject({ code: 'unreadable' });
        expect(assemble(headOf(last), bytes, deltas)).toMatchObject({ text: expect.stringMatching(/^snapshot \d/) });
      }),
      { numRuns: 50 },
    );
  });
});
