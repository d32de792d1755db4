import { describe } from 'vitest';
import { keepsItsPromises } from './keeps-its-promises.ts';

/** A file of its own, so that it runs beside the other one. */
describe('a simulated fleet whose servers lose what they held, or whose configuration kills', () => {
  keepsItsPromises('churn', 'store-loss', 'bus-loss', 'poison', 'everything');
});
