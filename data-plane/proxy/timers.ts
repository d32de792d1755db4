/** Resolution of every timeout on a proxy thread, milliseconds. */
const TICK_MS = 20;
const SLOTS = 4096;
/** A sweep so many ticks late: the thread has been held up, and not only by a busy moment. */
const LATE_TICKS = 5;

/**
 * One timer wheel per proxy thread: thousands of connections share one `setInterval`. Moving a deadline later (the
 * common case: activity on a connection) is a plain store; the entry is looked at again when its old slot comes up.
 */
export class TimerWheel {
  readonly #slots: Timer[][] = Array.from({ length: SLOTS }, () => []);
  #tick = 0;
  #armed = 0;
  #interval: NodeJS.Timeout | undefined;
  /** A late sweep waits until input has been read. */
  #deferred = false;
  readonly #startMs = performance.now();

  /** Makes a timer that is not armed yet. */
  timer(onExpired: () => void): Timer {
    return new Timer(this, onExpired);
  }

  /** @internal */
  schedule(timer: Timer): void {
    // Started first: after a rest the tick is an old one, and a slot counted from it may be past already.
    this.#interval ??= this.#start();
    // At least one whole tick ahead, so that a timer never fires early nor in the slot being swept.
    const wanted = Math.ceil((timer.deadlineMs - this.#startMs) / TICK_MS);
    const tick = Math.min(Math.max(wanted, this.#tick + 1), this.#tick + SLOTS - 1);
    if (timer.slotTick !== 0) {
      if (timer.slotTick <= tick) return; // Looked at earlier anyway, and moved on from there.
      this.unfile(timer);
    }
    const slot = this.#slots[tick % SLOTS]!;
    timer.slotTick = tick;
    timer.slotIndex = slot.length;
    slot.push(timer);
    this.#armed++;
  }

  /** Takes a filed timer out of its slot: whatever it belongs to must not be kept alive by it. @internal */
  unfile(timer: Timer): void {
    const slot = this.#slots[timer.slotTick % SLOTS]!;
    const last = slot.pop()!;
    if (last !== timer) {
      slot[timer.slotIndex] = last;
      last.slotIndex = timer.slotIndex;
    }
    timer.slotTick = 0;
    this.#armed--;
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
    if (nowTick - this.#tick > LATE_TICKS && !this.#deferred) {
      // Requests and answers have come while the thread stood still, or the whole process: they are read before anything is given up.
      this.#deferred = true;
      setImmediate(() => this.#sweep());
      return;
    }
    this.#deferred = false;
    while (this.#tick < nowTick) {
      this.#tick++;
      const index = this.#tick % SLOTS;
      const due = this.#slots[index]!;
      if (due.length === 0) continue;
      this.#slots[index] = [];
      this.#armed -= due.length;
      // All of them first: one that fires may cancel or arm others, which are in no slot now.
      for (const timer of due) timer.slotTick = 0;
      for (const timer of due) this.#visit(timer);
    }
    if (this.#armed === 0) {
      clearInterval(this.#interval);
      this.#interval = undefined;
    }
  }

  #visit(timer: Timer): void {
    if (timer.deadlineMs === 0) return; // Cancelled by another one of its tick.
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
  /** Place in that slot. */
  slotIndex = 0;
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
    if (this.slotTick !== 0) this.#wheel.unfile(this);
  }

  /** Cancels it for good: armed again by a late caller, it calls nobody and keeps nothing alive. */
  dispose(): void {
    this.cancel();
    this.onExpired = nothing;
  }

  get armed(): boolean {
    return this.deadlineMs !== 0;
  }
}

function nothing(): void {}
