import { defineConfig } from 'vitest/config';

/** Tests that run containers, or whole fleets of processes: one file at a time, for they share the machine with what they start. */
const FLEET = ['test/integration/fleet/**/*.test.ts', 'test/fault/fleet/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'gateway',
          include: ['test/**/*.test.ts'],
          exclude: FLEET,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'fleet',
          include: FLEET,
          globalSetup: ['test/support/docker/global-setup.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
