import { memoryEventStore } from '../support/memory-event-store.ts';
import { eventStoreContract } from './event-store.contract.ts';

eventStoreContract(
  'the fake in memory',
  async () => ({ open: async (options) => memoryEventStore(options), dispose: async () => {} }),
  { durable: false, level: 'memory' },
);
