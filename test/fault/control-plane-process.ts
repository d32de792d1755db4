import { createInProcessBus } from '#shared/in-process-bus.ts';
import { controlPlaneConfig } from '../../control-plane/config.ts';
import { openEmbeddedStore } from '../../control-plane/embedded-store.ts';
import { startControlPlane } from '../../control-plane/main.ts';

/**
 * A control plane as a process of its own, to be killed: `node control-plane-process.ts DATADIR`. Prints the URL of its API, and
 * stops in good order on SIGTERM.
 */
const [dataDir = ''] = process.argv.slice(2);
const config = controlPlaneConfig({ admin: '127.0.0.1:0', env: {} });
const log = { debug() {}, info() {}, warn: console.error, error: console.error };
const store = openEmbeddedStore(dataDir, config, Date.now, log);
const plane = await startControlPlane({ config, store, bus: createInProcessBus(), log });
process.once('SIGTERM', () => void plane.stop());
console.log(plane.url);
