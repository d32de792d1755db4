import type { Bus } from '#shared/bus.ts';
import type { CredentialExpiry } from '#shared/credential-expiry.ts';
import type { CommandHandler } from '../../command-handler.ts';
import type { ControlPlaneConfig } from '../../config.ts';
import type { CounterService } from '../../counter-service.ts';
import type { HealthService } from '../../health-service.ts';
import type { Logger } from '../../log.ts';
import type { NodeRegistry } from '../../node-registry.ts';
import type { Clock, EventStore, FleetStore } from '../../ports.ts';
import type { Publisher } from '../../publisher.ts';
import type { StoreGuard } from '../../store-guard.ts';

/** What the REST API's routes work with. */
export type AdminApiParts = {
  readonly store: EventStore;
  readonly fleetStore: FleetStore;
  readonly guard: StoreGuard;
  readonly bus: Bus;
  readonly commands: CommandHandler;
  readonly registry: NodeRegistry;
  readonly counters: CounterService;
  readonly health: HealthService;
  /** The one of now: a new epoch begins with a new one. */
  readonly publisher: () => Publisher;
  readonly clock: Clock;
  readonly config: ControlPlaneConfig;
  readonly version: string;
  readonly log: Logger;
  readonly credentials: () => readonly CredentialExpiry[];
  /** What else must be before the process is ready; gives the reason when it is not. */
  readonly notReady?: () => string | undefined;
  /** Ends waits when the control plane stops. */
  readonly stopping: AbortSignal;
};
