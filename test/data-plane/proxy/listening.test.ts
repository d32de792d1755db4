import { describe, expect, it } from 'vitest';
import { takesIn } from '../../../data-plane/proxy/listening.ts';
import type { BoundListener } from '../../../data-plane/proxy/thread-message.ts';

const on = (address: string, configuredPort = 80, configuredAddress?: string): BoundListener => ({
  address,
  port: configuredPort,
  configuredPort,
  ...(configuredAddress === undefined ? {} : { configuredAddress }),
});

describe('whether a connection could have come in by another listener and mean the same', () => {
  it.each([
    ['yes', 'the wildcard of both families for that of one', on('::'), on('0.0.0.0'), '10.0.0.1'],
    ['yes', 'a wildcard for an address', on('0.0.0.0'), on('10.0.0.1'), '10.0.0.1'],
    ['yes', 'its address for a wildcard', on('10.0.0.1'), on('::'), '10.0.0.1'],
    ['no', 'another address for a wildcard', on('10.0.0.2'), on('::'), '10.0.0.1'],
    ['no', 'the IPv4 wildcard for an IPv6 address', on('0.0.0.0'), on('::'), '::1'],
    ['no', 'another configured port', on('::', 81), on('::'), '10.0.0.1'],
    [
      'yes',
      'the same listener bound elsewhere',
      on('127.0.0.2', 80, '10.0.0.1'),
      on('127.0.0.1', 80, '10.0.0.1'),
      '10.0.0.1',
    ],
    [
      'no',
      'the same socket for another listener',
      on('127.0.0.1', 80, '10.0.0.2'),
      on('127.0.0.1', 80, '10.0.0.1'),
      '10.0.0.1',
    ],
    ['no', 'a listener of its own for a mapped one', on('127.0.0.1'), on('127.0.0.1', 80, '10.0.0.1'), '10.0.0.1'],
  ] as const)('%s: %s', (answer, _, listener, from, localAddress) => {
    expect(takesIn(listener, from, localAddress)).toBe(answer === 'yes');
  });
});
