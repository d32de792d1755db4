import type { Clock, FleetStore } from '../../../control-plane/ports.ts';

/** How the suites of health log and record store get at the store under test. */
export type FleetStoreHarness = {
  open(options: {
    readonly fleet: string;
    readonly clock: Clock;
    readonly healthRetentionMs?: number;
  }): Promise<FleetStore>;
  /** Removes everything kept. */
  dispose(): Promise<void>;
};
