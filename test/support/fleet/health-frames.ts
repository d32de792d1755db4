import { subjects } from '#shared/bus.ts';
import { decodeHealthFrame } from '#shared/codec/health-codec.ts';
import type { HealthFrame } from '#shared/health/health-frame.ts';
import { openBus } from './bus-reader.ts';
import type { Fleet } from './fleet.ts';
import { patiently } from './patiently.ts';

/** Health frames as nodes get them. */
export type HealthFrames = {
  /** Waits for so many more; time passes by the fleet's own measure. @returns the last of them */
  more(count: number): Promise<HealthFrame>;
  close(): Promise<void>;
};

/** Listens to a fleet's health frames. NATS must be there. */
export async function followHealthFrames(
  fleet: Pick<Fleet, 'name'>,
  nats: { readonly url: string },
): Promise<HealthFrames> {
  const bus = await openBus(fleet, nats);
  let count = 0;
  let newest: HealthFrame | undefined;
  await bus.subscribe(subjects(fleet.name).health, (payload) => {
    count++;
    newest = decodeHealthFrame(payload);
  });
  return {
    async more(wanted) {
      const until = count + wanted;
      return patiently(`${wanted} more health frames`, () => (count >= until ? newest : undefined));
    },
    close: () => bus.close(),
  };
}
