import type { Scoreboard } from '../scoreboard/scoreboard.ts';
import type { ProxyGeneration } from './generation.ts';
import type { FromThread } from './thread-message.ts';
import type { TimerWheel } from './timers.ts';

/** What connections and exchanges share on one proxy thread. */
export type ThreadContext = {
  readonly thread: number;
  /** Names this thread in a balancer's lock. */
  readonly lockOwner: number;
  readonly scoreboard: Scoreboard;
  /** This thread's share of `busy`, so that the agent can take it back should the thread die. */
  readonly busyShare: Int32Array;
  /** `routeHoldsOf` this thread. */
  readonly routeHolds: Int32Array;
  readonly wheel: TimerWheel;
  /** Name used where a server has no ServerName. */
  readonly hostname: string;
  /** Name of the product in `Via: … (product)`. */
  readonly product: string;
  /** The configuration new requests are served by. */
  generation: ProxyGeneration;
  /** True once the node is stopping: no connection is kept alive any more. */
  draining: boolean;
  /** Called when an exchange of a generation has finished. */
  released(generation: ProxyGeneration): void;
  /** Called when an exchange that had left its generation has let go of its rows. */
  rowsReleased(): void;
  post(message: FromThread): void;
};
