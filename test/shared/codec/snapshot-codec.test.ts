import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { penstock } from '#proto/gen/penstock.js';
import { decodeSnapshot, encodeSnapshot } from '#shared/codec/snapshot-codec.ts';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import type { Snapshot } from '#shared/snapshot/snapshot.ts';
import { arbitraryDefinition, arbitraryOverride } from './arbitrary.ts';

const arbitrarySnapshot = fc.record(
  {
    fleet: fc.string(),
    revision: fc.nat(Number.MAX_SAFE_INTEGER),
    definition: arbitraryDefinition,
    overrides: fc.array(arbitraryOverride, { maxLength: 3 }),
    allowShrink: fc.boolean(),
    shrinkAllowedAt: fc.nat(),
  },
  { requiredKeys: ['fleet', 'revision', 'definition', 'overrides'] },
) as fc.Arbitrary<Snapshot>;

const EMPTY: Snapshot = { fleet: 'f', revision: 1, definition: EMPTY_DEFINITION, overrides: [] };

function withBalancer(parameters: object, members: readonly object[] = []): Snapshot {
  const balancer = { name: 'app', parameters, members };
  return { ...EMPTY, definition: { ...EMPTY_DEFINITION, balancers: [balancer as never] } };
}

describe('snapshot codec', () => {
  it('refuses bytes that are no message', () => {
    expect(() => decodeSnapshot(new Uint8Array([0xff]))).toThrow(/^snapshot: not a readable message/);
  });

  it('gives back exactly what it was given, absent fields absent', () => {
    fc.assert(
      fc.property(arbitrarySnapshot, (generated) => {
        // fast-check also makes objects without prototype; a clone has the ordinary one.
        const snapshot = structuredClone(generated);
        expect(decodeSnapshot(encodeSnapshot(snapshot))).toStrictEqual(snapshot);
      }),
      { numRuns: 300 },
    );
  });

  it('gives equal bytes for equal snapshots, whatever the order of their properties', () => {
    fc.assert(
      fc.property(arbitrarySnapshot, (snapshot) => {
        expect(encodeSnapshot(reversedKeys(snapshot))).toEqual(encodeSnapshot(snapshot));
      }),
    );
  });

  it('refuses a number no field can hold, naming balancer, worker and parameter', () => {
    const snapshot = withBalancer({}, [{ url: 'http://a', parameters: { timeoutMs: 1.5 } }]);
    expect(() => encodeSnapshot(snapshot)).toThrow(
      /balancer "app".*worker "http:\/\/a".*timeoutMs: 1.5 is not an integer below 2\^53/,
    );
  });

  it('refuses text that UTF-8 cannot carry', () => {
    expect(() => encodeSnapshot({ ...EMPTY, fleet: '\ud800' })).toThrow(/fleet: .* is not well-formed Unicode/);
  });

  it('refuses an enum value it does not know instead of guessing a default', () => {
    const encoded = encodeRaw({ balancers: [{ name: 'app', parameters: { lbmethod: 9 }, members: [] }] });
    expect(() => decodeSnapshot(encoded)).toThrow(
      /balancer "app".*lbmethod: unknown value 9; known: byrequests, bytraffic, bybusyness/,
    );
  });

  it('refuses the unspecified enum value', () => {
    const encoded = encodeRaw({ balancers: [{ name: 'app', parameters: { lbmethod: 0 }, members: [] }] });
    expect(() => decodeSnapshot(encoded)).toThrow(/lbmethod: unknown value 0/);
  });

  it('refuses an object without a part its type requires, by name', () => {
    const encoded = encodeRaw({ balancers: [{ name: 'app', parameters: {}, members: [{ url: 'http://a' }] }] });
    expect(() => decodeSnapshot(encoded)).toThrow(/worker "http:\/\/a": parameters is missing/);
  });

  it('refuses a route target of a kind it does not know', () => {
    const encoded = encodeRaw({ mainServer: { ...mainServer, routes: [{ match: { prefix: '/' }, target: {} }] } });
    expect(() => decodeSnapshot(encoded)).toThrow(/neither local, balancer nor url/);
  });

  it('reads any bytes as a snapshot or as a named error, never as something else', () => {
    const encoded = encodeSnapshot(withBalancer({ lbmethod: 'byrequests' }));
    fc.assert(
      fc.property(fc.nat(encoded.length - 1), fc.nat(255), (at, byte) => {
        const damaged = encoded.slice();
        damaged[at] = byte;
        try {
          decodeSnapshot(damaged);
        } catch (error) {
          expect((error as Error).name).toBe('CodecError');
        }
      }),
    );
  });
});

const mainServer = { id: 'main', settings: { directory: {} } };

/** A snapshot message with these parts of a definition, past the codec's own checks. */
function encodeRaw(definition: object): Uint8Array {
  const message = { fleet: 'f', revision: { low: 1, high: 0 }, definition: { mainServer, ...definition } };
  return penstock.v1.Snapshot.encode(message as object).finish();
}

function reversedKeys<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reversedKeys) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, inner]) => [key, reversedKeys(inner)])) as T;
}
