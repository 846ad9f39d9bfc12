import { defineConfig } from 'vitest/config';

/** The unit tests alone, for `npm run mutants`: what it runs has one kind of test. */
export default defineConfig({
  test: {
    include: ['tests/{shared,data,collective,engine,coordinator,worker}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
