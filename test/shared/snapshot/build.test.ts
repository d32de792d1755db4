import { describe, expect, it } from 'vitest';
import { encodePublishedSnapshot } from '#shared/codec/snapshot-codec.ts';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import type { Override } from '#shared/definition/override.ts';
import { buildSnapshot, contentHashOf, openSnapshot } from '#shared/snapshot/build.ts';

const override = (worker: string): Override => ({ balancer: 'app', worker, parameters: {}, actor: 'ada', sinceMs: 1 });

const source = {
  fleet: 'f',
  revision: 7,
  chainHash: 'ab'.repeat(32),
  definition: EMPTY_DEFINITION,
  overrides: [override('http://a'), override('http://b')],
};

describe('buildSnapshot', () => {
  it('gives the same bytes whatever order the overrides were kept in', () => {
    const reversed = buildSnapshot({ ...source, overrides: source.overrides.toReversed() });
    expect(reversed).toEqual(buildSnapshot(source));
  });

  it('is opened again by openSnapshot', () => {
    const published = buildSnapshot({ ...source, allowShrink: true });
    const opened = openSnapshot(encodePublishedSnapshot(published));
    expect(opened).toEqual({
      published,
      snapshot: {
        fleet: 'f',
        revision: 7,
        definition: EMPTY_DEFINITION,
        overrides: source.overrides,
        allowShrink: true,
      },
    });
  });
});

describe('openSnapshot', () => {
  const published = buildSnapshot(source);

  it('refuses a payload whose bytes changed on the way', () => {
    const payload = published.payload.slice();
    payload[0] = (payload[0] ?? 0) ^ 1;
    const opened = openSnapshot(encodePublishedSnapshot({ ...published, payload }));
    expect(opened).toMatchObject({ error: expect.stringMatching(/^content hash of revision 7 is/), published: {} });
  });

  it('refuses a payload that belongs to another revision', () => {
    const opened = openSnapshot(encodePublishedSnapshot({ ...published, revision: 8 }));
    expect(opened).toMatchObject({ error: 'content says f revision 7, the message around it f revision 8' });
  });

  it('refuses a payload that does not decode, even with the right hash', () => {
    const payload = new Uint8Array([0xff, 0xff]);
    const opened = openSnapshot(
      encodePublishedSnapshot({ ...published, payload, contentHash: contentHashOf(payload) }),
    );
    expect(opened).toMatchObject({ error: expect.stringContaining('not a readable message'), published: {} });
  });

  it('refuses noise', () => {
    expect(openSnapshot(new Uint8Array([1, 2, 3]))).toMatchObject({ error: expect.any(String) });
  });
});
