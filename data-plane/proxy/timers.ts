/** Resolution of every timeout on a proxy thread, milliseconds. */
const TICK_MS = 20;
const SLOTS = 4096;

/**
 * One timer wheel per proxy thread: thousands of connections share one `setInterval`. Moving a deadline later (the
 * common case: activity on a connection) is a plain store; the entry is looked at again when its old slot comes up.
 */
export class TimerWheel {
  readonly #slots: Timer[][] = Array.from({ length: SLOTS }, () => []);
  #tick = 0;
  #armed = 0;
  #interval: NodeJS.Timeout | undefined;
  readonly #startMs = performance.now();

  /** Makes a timer that is not armed yet. */
  timer(onExpired: () => void): Timer {
    return new Timer(this, onExpired);
  }

  /** @internal */
  schedule(timer: Timer): void {
    // At least one whole tick ahead, so that a timer never fires early nor in the slot being swept.
    const wanted = Math.ceil((timer.deadlineMs - this.#startMs) / TICK_MS);
    const tick = Math.min(Math.max(wanted, this.#tick + 1), this.#tick + SLOTS - 1);
    if (timer.slotTick !== 0 && timer.slotTick <= tick) return; // Looked at earlier anyway, and moved on from there.
    timer.slotTick = tick;
    this.#slots[tick % SLOTS]!.push(timer);
    this.#armed++;
    this.#interval ??= this.#start();
  }

  #start(): NodeJS.Timeout {
    this.#tick = this.#nowTick();
    const interval = setInterval(() => this.#sweep(), TICK_MS);
    interval.unref();
    return interval;
  }

  #nowTick(): number {
    return Math.floor((performance.now() - this.#startMs) / TICK_MS);
  }

  #sweep(): void {
    const nowTick = this.#nowTick();
    while (this.#tick < nowTick) {
      this.#tick++;
      const index = this.#tick % SLOTS;
      const due = this.#slots[index]!;
      if (due.length === 0) continue;
      this.#slots[index] = [];
      this.#armed -= due.length;
      for (const timer of due) this.#visit(timer);
    }
    if (this.#armed === 0) {
      clearInterval(this.#interval);
      this.#interval = undefined;
    }
  }

  #visit(timer: Timer): void {
    if (timer.slotTick !== this.#tick) return; // Rescheduled to an earlier slot since, and seen there.
    timer.slotTick = 0;
    if (timer.deadlineMs === 0) return; // Cancelled.
    if (timer.deadlineMs > performance.now()) {
      this.schedule(timer);
      return;
    }
    timer.deadlineMs = 0;
    timer.onExpired();
  }
}

/** A timeout that can be armed again and again. Owned by one connection. */
export class Timer {
  /** `performance.now()` at which it fires; 0 = not armed. */
  deadlineMs = 0;
  /** Wheel tick it is filed under; 0 = none. */
  slotTick = 0;
  readonly #wheel: TimerWheel;
  onExpired: () => void;

  constructor(wheel: TimerWheel, onExpired: () => void) {
    this.#wheel = wheel;
    this.onExpired = onExpired;
  }

  /** Fires once, `delayMs` from now, unless armed again or cancelled before. */
  arm(delayMs: number): void {
    this.deadlineMs = performance.now() + delayMs;
    this.#wheel.schedule(this);
  }

  cancel(): void {
    this.deadlineMs = 0;
  }

  /** Cancels it for good: what its callback refers to is let go now, not when its slot of the wheel comes up. */
  dispose(): void {
    this.deadlineMs = 0;
    this.onExpired = nothing;
  }

  get armed(): boolean {
    return this.deadlineMs !== 0;
  }
}

function nothing(): void {}
