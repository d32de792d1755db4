import { createInProcessBus } from '#shared/in-process-bus.ts';
import { controlPlaneConfig } from '../../control-plane/config.ts';
import { startControlPlane } from '../../control-plane/main.ts';

/**
 * A control plane as a process of its own, to be killed: `node control-plane-process.ts DATADIR`. Prints the URL of its API, and
 * stops in good order on SIGTERM.
 */
const [dataDir = ''] = process.argv.slice(2);
const plane = await startControlPlane({
  config: controlPlaneConfig({ dataDir, admin: '127.0.0.1:0', env: {} }),
  bus: createInProcessBus(),
  log: { debug() {}, info() {}, warn: console.error, error: console.error },
});
process.once('SIGTERM', () => void plane.stop());
console.log(plane.url);
