import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalBytes, canonicalJson, sameJson } from '#shared/event/canonical-json.ts';

describe('canonical JSON', () => {
  test('sorts keys at every depth and writes no white space', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 'x' }], a: null })).toBe('{"a":null,"b":[{"c":"x","d":1}]}');
  });

  test('leaves out properties without a value', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  test('writes UTF-8 and escapes what JSON must escape', () => {
    expect(new TextDecoder().decode(canonicalBytes('é"\n\ud800'))).toBe('"é\\"\\n\\ud800"');
  });

  test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [1n], [() => 1], [[undefined]]])(
    'refuses a value without a JSON form',
    (value) => {
      expect(() => canonicalJson(value)).toThrow(/has no JSON form/);
    },
  );

  test('reads back as the same value and gives the same text whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(sameJson(JSON.parse(text), reversedKeys(value))).toBe(true);
      }),
    );
  });
});

function reversedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversedKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversedKeys(inner)]),
  );
}
