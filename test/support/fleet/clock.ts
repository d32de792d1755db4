const PRELOAD = new URL('./skewed-clock.ts', import.meta.url).href;

/** Environment of a process whose wall clock is wrong from the start, and jumps at each SIGUSR2. */
export function wrongClock(offsetMs: number, jumpMs = 0): Readonly<Record<string, string>> {
  return {
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${PRELOAD}`.trim(),
    PENSTOCK_TEST_CLOCK_MS: String(offsetMs),
    PENSTOCK_TEST_CLOCK_JUMP_MS: String(jumpMs),
  };
}
