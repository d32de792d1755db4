import { describe, expect, it } from 'vitest';
import { fieldNameAt, HASH_START, hashStep } from '../../../data-plane/http1/field-name-cache.ts';
import { HeaderFields } from '../../../data-plane/http1/header-fields.ts';
import { latin1 } from './reading.ts';

function nameOf(text: string) {
  const bytes = latin1(`..${text}..`);
  let hash = HASH_START;
  for (const byte of latin1(text)) hash = hashStep(hash, byte);
  return fieldNameAt(bytes, 2, bytes.length - 2, hash);
}

describe('header fields', () => {
  const fields = new HeaderFields();
  fields.add('Via', 'via', '1.1 a');
  fields.add('X', 'x', '');
  fields.add('VIA', 'via', '1.0 b');

  it('keep the order and spelling received', () => {
    expect(fields.length).toBe(3);
    expect(fields.names).toEqual(['Via', 'X', 'VIA']);
  });

  it('are found by lower-case name', () => {
    expect(fields.get('via')).toBe('1.1 a');
    expect(fields.get('x')).toBe('');
    expect(fields.get('Via')).toBeUndefined();
    expect([fields.has('via'), fields.has('y')]).toEqual([true, false]);
    expect([fields.count('via'), fields.count('x'), fields.count('y')]).toEqual([2, 1, 0]);
  });

  it('join into one list per name (RFC 9110 5.3)', () => {
    expect(fields.joined('via')).toBe('1.1 a, 1.0 b');
    expect(fields.joined('x')).toBe('');
    expect(fields.joined('y')).toBeUndefined();
  });
});

describe('the cache of field names', () => {
  it('gives the same strings for a name seen before, common or not', () => {
    expect(nameOf('Content-Type')).toEqual(expect.objectContaining({ name: 'Content-Type', lower: 'content-type' }));
    expect(nameOf('content-type')).toEqual(expect.objectContaining({ name: 'content-type', lower: 'content-type' }));
    expect(nameOf('X-Some-Name')).toBe(nameOf('X-Some-Name'));
  });

  it('answers right for more names than it holds, and still knows the common ones', () => {
    const host = nameOf('Host');
    for (let i = 0; i < 20_000; i++) {
      const { name, lower } = nameOf(`X-Name-${i}`);
      expect(name).toBe(`X-Name-${i}`);
      expect(lower).toBe(`x-name-${i}`);
    }
    expect(nameOf('Host')).toBe(host);
  });

  it('tells names with equal hashes apart', () => {
    // 'Aa' and 'BB' collide under a step of 31.
    expect([nameOf('Aa').name, nameOf('BB').name, nameOf('Aa').name]).toEqual(['Aa', 'BB', 'Aa']);
  });

  it('does not keep very long names, yet reads them', () => {
    const long = 'N'.repeat(500);
    expect(nameOf(long).lower).toBe('n'.repeat(500));
    expect(nameOf(long)).not.toBe(nameOf(long));
  });
});
