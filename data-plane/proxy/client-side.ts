import type { Socket } from 'node:net';
import type { Outgoing } from './outgoing.ts';
import type { Timer } from './timers.ts';

/** The client's connection, as an exchange uses it. */
export type ClientSide = {
  readonly socket: Socket;
  readonly out: Outgoing;
  /** The exchange's own: one for all exchanges of a connection, so that requests leave nothing behind in the wheel. */
  readonly exchangeTimer: Timer;
  /** No further request is taken on it: the node is stopping, or nobody listens any more where it came in. */
  readonly draining: boolean;
  /** Body bytes are wanted: read on, within the body's time. */
  awaitBody(): void;
  /** Nobody takes body bytes now; the client's time doesn't run meanwhile. */
  holdBody(): void;
  /** The body is here whole. */
  bodyDone(): void;
  /** The client has to take what it was sent within Timeout. */
  awaitDrain(): void;
  /** Reads on after a pause. */
  resume(): void;
  /** From now on the client's bytes go to the worker as they are. */
  startTunnel(): void;
  /** The response is written; the connection goes on or ends. */
  exchangeDone(keepAlive: boolean): void;
  /** Sends what is written, then a FIN, then reads on for a while. */
  close(): void;
  /** Ends a response that can't be completed. @param byReset the connection's orderly end would look like the body's */
  cut(byReset: boolean): void;
  /** Ends the connection at once. */
  destroy(): void;
};
