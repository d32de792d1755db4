/**
 * Loaded into a process before anything else (`NODE_OPTIONS=--import=…`), it has the process take its bus from `faulty-bus.ts`. So
 * messages are lost, doubled and disordered in a real replica or node, on a real NATS.
 */
import { registerHooks } from 'node:module';

const REAL = new URL('../../../shared/nats-bus/nats-bus.ts', import.meta.url).href;
const FAULTY = new URL('./faulty-bus.ts', import.meta.url).href;

registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context);
    return resolved.url === REAL && context.parentURL !== FAULTY ? { ...resolved, url: FAULTY } : resolved;
  },
});
