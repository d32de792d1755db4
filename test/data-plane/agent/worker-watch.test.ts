import { describe, expect, it } from 'vitest';
import { WorkerStatus } from '#shared/definition/worker-status.ts';
import type { WorkerReport } from '#shared/node-message.ts';
import { createWorkerWatch } from '../../../data-plane/agent/worker-watch.ts';

const URL = 'http://10.0.0.1:8080';

function watching() {
  const lines: string[] = [];
  const line = (fields: object, message: string) => void lines.push(`${(fields as { code: string }).code} ${message}`);
  return { lines, watch: createWorkerWatch({ debug: line, info: line, warn: line, error: line }) };
}

function row(status: number, retries = 0, errorTimeMs = 0): WorkerReport {
  return { balancer: 'c', url: URL, status, retries, errorTimeMs } as WorkerReport;
}

describe('worker watch', () => {
  it('tells once that a worker is in error, however often it fails again', () => {
    const { lines, watch } = watching();
    watch.entered('c', URL, 'connect-failed');
    watch.look([row(WorkerStatus.INITIALIZED | WorkerStatus.IN_ERROR, 0, 1)]);
    watch.look([row(WorkerStatus.INITIALIZED, 1, 1)]); // due to be tried
    watch.entered('c', URL, 'connect-failed');
    expect(lines).toEqual(['DP1401 worker is in error']);
  });

  it('tells that it is back once it has been connected to', () => {
    const { lines, watch } = watching();
    watch.entered('c', URL, 'connect-failed');
    watch.look([row(WorkerStatus.INITIALIZED)]);
    watch.look([row(WorkerStatus.INITIALIZED)]);
    expect(lines).toEqual(['DP1401 worker is in error', 'DP1402 worker is back']);
  });

  it('forgets workers that left the configuration', () => {
    const { lines, watch } = watching();
    watch.entered('c', URL, 'connect-failed');
    watch.look([]);
    watch.entered('c', URL, 'connect-failed');
    expect(lines).toEqual(['DP1401 worker is in error', 'DP1401 worker is in error']);
  });
});
