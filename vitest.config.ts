import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Two cores: more forks than that only make the real processes of the end-to-end tests slower.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['tests/{shared,data,collective,engine,coordinator,worker,cli,simulation}/**/*.test.ts'],
          // None waits for time to pass. On a machine that has other things to do, each takes ten times as long.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'fault',
          include: ['tests/fault/**/*.test.ts'],
          // Mostly of processes that start, several of them at once, on machines that have other things to do.
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
          maxConcurrency: Math.max(2, Math.floor(availableParallelism() / 2)),
        },
      },
    ],
  },
});
