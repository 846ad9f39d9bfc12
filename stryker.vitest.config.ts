import { defineConfig } from 'vitest/config';

/** Of which tests a fault must be noticed: those of the folder alone say how good they are, and take seconds each. */
const { TESTS = 'tests/{shared,data,collective,engine,coordinator,worker}/**/*.test.ts' } = process.env;

/** The unit tests alone, for `npm run mutants`: what it runs has one kind of test. */
export default defineConfig({
  test: {
    include: [TESTS],
    setupFiles: ['tests/properties.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
