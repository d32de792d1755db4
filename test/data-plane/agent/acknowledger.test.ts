import { describe, expect, it, vi } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { decodeAck } from '#shared/codec/node-codec.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import type { Ack } from '#shared/node-message.ts';
import { createAcknowledger, jitterMs } from '../../../data-plane/agent/acknowledger.ts';
import { createBusLink } from '../../../data-plane/agent/bus-link.ts';
import { eventually } from '../../support/wait.ts';

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };

describe('acknowledgements', () => {
  it('are spread only where a fleet is large', () => {
    expect([0, 99, 100, 1000, 2000, 100_000].map(jitterMs)).toEqual([0, 0, 25, 250, 500, 500]);
  });

  it.each([{ nodes: 1 }, { nodes: 2000 }])(
    'come in order in a fleet of $nodes, and the newest of too many',
    async ({ nodes }) => {
      const bus = createInProcessBus();
      const got: Ack[] = [];
      await bus.subscribe(subjects('f').allAcks, (payload) => void got.push(decodeAck(payload)));
      const identity = { fleet: 'f', node: 'n', bootId: 'b' };
      const link = createBusLink(bus, log);
      const acknowledger = createAcknowledger({ identity, link, nodes: () => nodes, random: () => 0.01 });
      for (let revision = 1; revision <= 40; revision++) {
        const ack = {
          epoch: 1,
          revision,
          stateHash: 'a'.repeat(64),
          phase: 'received',
          applyMs: 0,
          errors: [],
        } as const;
        acknowledger.acknowledge(ack);
      }
      await eventually('the last', () => got.at(-1)?.revision === 40);
      const expected = Array.from({ length: nodes === 1 ? 40 : 32 }, (_, i) => i + (nodes === 1 ? 1 : 9));
      expect(got.map(({ revision }) => revision)).toEqual(expected);
      expect(acknowledger.dropped()).toBe(40 - expected.length);
      await link.unfollow();
      await bus.close();
    },
  );
});
