/** Environment of a process that loads a module of this folder before anything else. */
function preloading(module: string): Readonly<Record<string, string>> {
  const { href } = new URL(module, import.meta.url);
  return { NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${href}`.trim() };
}

/** Of a process whose wall clock is wrong from the start, and jumps at each SIGUSR2. */
export function wrongClock(offsetMs: number, jumpMs = 0): Readonly<Record<string, string>> {
  return {
    ...preloading('./skewed-clock.ts'),
    PENSTOCK_TEST_CLOCK_MS: String(offsetMs),
    PENSTOCK_TEST_CLOCK_JUMP_MS: String(jumpMs),
  };
}

/**
 * Of a process to which messages come as over a bad network: each may be lost, come twice, come late.
 *
 * @param share probability of each of the three, 0..1
 */
export function badMessages(share: number): Readonly<Record<string, string>> {
  return { ...preloading('./faulty-messages.ts'), PENSTOCK_TEST_MESSAGE_FAULTS: String(share) };
}
