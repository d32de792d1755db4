import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  generateKeyPair,
  readSigningKeys,
  readTrustedKeys,
  signHead,
  trustedKeyOf,
  verifyHead,
} from '#shared/snapshot/signature.ts';

const [old, fresh, stranger] = [generateKeyPair(), generateKeyPair(), generateKeyPair()];
const signing = (...pairs: readonly (typeof old)[]) =>
  readSigningKeys(pairs.map(({ privatePem }) => privatePem).join(''), 'signing.pem');
const trusting = (...pairs: readonly (typeof old)[]) =>
  readTrustedKeys(pairs.map(({ publicPem }) => publicPem).join(''), 'trusted.pem');
const head = new TextEncoder().encode('the head as published');

describe('signatures of heads', () => {
  it.each([
    ['the old key, trusted alone', signing(old), trusting(old)],
    ['both keys, the old one trusted', signing(old, fresh), trusting(old)],
    ['both keys, the new one trusted', signing(old, fresh), trusting(fresh)],
    ['the new key, both trusted', signing(fresh), trusting(old, fresh)],
    ['nobody, and no key is trusted', [], []],
    ['a stranger, and no key is trusted', signing(stranger), []],
  ])('signed by %s: believed', (_, keys, trusted) => {
    expect(verifyHead(signHead(head, keys), trusted)).toBeUndefined();
  });

  it('a head signed by a stranger or by nobody is not believed', () => {
    expect(verifyHead(signHead(head, signing(stranger)), trusting(old))).toBe(
      `it is signed by ${stranger.keyId}, trusted: ${old.keyId}`,
    );
    expect(verifyHead(signHead(head, []), trusting(old))).toBe(`it is not signed; trusted: ${old.keyId}`);
  });

  it('other bytes under the same signature are not believed, nor is a name without its key', () => {
    const signed = signHead(head, signing(old));
    const changed = { ...signed, head: head.with(3, 0) };
    expect(verifyHead(changed, trusting(old))).toBe(`its signature by ${old.keyId} does not fit its bytes`);
    const [forged] = signHead(head, signing(stranger)).signatures;
    const named = { head, signatures: [{ keyId: old.keyId, value: forged?.value ?? head }] };
    expect(verifyHead(named, trusting(old))).toMatch(/does not fit/);
  });

  it('are the same each time, and the public half of a key believes them', () => {
    const keys = signing(old);
    expect(signHead(head, keys)).toEqual(signHead(head, keys));
    expect(verifyHead(signHead(head, keys), keys.map(trustedKeyOf))).toBeUndefined();
    expect(keys[0]?.keyId).toBe(old.keyId);
    expect(old.keyId).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('key texts', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

  it.each([
    ['nothing', () => readSigningKeys('', 'a.pem'), /^a.pem holds no PEM block; want an Ed25519 "PRIVATE KEY"/],
    [
      'a public key where a private one is wanted',
      () => readSigningKeys(old.publicPem, 'a.pem'),
      /^a.pem holds a "PUBLIC KEY"; want an Ed25519 "PRIVATE KEY"/,
    ],
    [
      'a private key where public ones are wanted',
      () => readTrustedKeys(old.publicPem + old.privatePem, 'a.pem'),
      /^a.pem holds a "PRIVATE KEY"; want an Ed25519 "PUBLIC KEY"/,
    ],
    [
      'a key of another kind',
      () => readTrustedKeys(rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string, 'a.pem'),
      /^a.pem holds a key of type rsa; want ed25519/,
    ],
    [
      'a damaged key',
      () => readTrustedKeys('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n', 'a.pem'),
      /^a.pem holds a key that cannot be read/,
    ],
  ])('%s is refused by name', (_, read, message) => {
    expect(read).toThrow(message);
  });
});
