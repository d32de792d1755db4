/**
 * Loaded into a process before anything else (`NODE_OPTIONS=--import=…`), it shifts the wall clock: by PENSTOCK_TEST_CLOCK_MS from
 * the start, and by PENSTOCK_TEST_CLOCK_JUMP_MS more at each SIGUSR2. Monotonic clocks and timers stay as they are, as on a machine
 * whose clock is set.
 */
const RealDate = Date;
let offsetMs = Number(process.env.PENSTOCK_TEST_CLOCK_MS ?? 0);
process.on('SIGUSR2', () => {
  offsetMs += Number(process.env.PENSTOCK_TEST_CLOCK_JUMP_MS ?? 0);
});

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [target.now() + offsetMs] : args, newTarget),
  apply: () => new RealDate(RealDate.now() + offsetMs).toString(),
  get: (target, name) => (name === 'now' ? () => target.now() + offsetMs : Reflect.get(target, name)),
});
