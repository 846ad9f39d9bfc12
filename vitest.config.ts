import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { scratch } from './tests/scratch.ts';

/** Tests that must have a process to themselves, since they put something else in a module's place. All others share theirs: what they import is loaded once. */
const ALONE = [
  'tests/cli/predict/away.test.ts',
  'tests/cli/run/workers.test.ts',
  'tests/collective/dial.test.ts',
  'tests/data/away.test.ts',
  'tests/shared/create-folder.test.ts',
  'tests/shared/stale-handle.test.ts',
  'tests/**/write-order.test.ts',
];

/**
 * Tests of whole engines, wherever they lie: of those a process has one, with one memory and so many threads, so that each file has a process
 * to itself; and of programs that are started.
 */
const ENGINES = [
  'tests/engine/create.test.ts',
  'tests/engine/install/setup.test.ts',
  'tests/engine/tensorflow/loader.test.ts',
  'tests/engine/interpreter/{backend,threads}/*.test.ts',
  'tests/cli/export/{onnx,tfjs}.test.ts',
  'tests/browser/model.test.ts',
  // Of kubectl, of the schemas' validator and of promtool.
  'tests/deploy/{faults,manifests,promtool}.test.ts',
];

/** Tests of the interpreter's engines, `cpu` and `wasm` on one thread, and of workers that train on them: those share a process. */
const INTERPRETER = [
  'tests/engine/interpreter/{engine,operations}.test.ts',
  'tests/worker/{frozen,pinned,recipes,replicas,sockets}.test.ts',
];

/** Tests of TensorFlow, and of what it is compared with, all with the same number of threads: it is loaded once for them. */
const TENSORFLOW = [
  'tests/engine/one-sample.test.ts',
  'tests/engine/tensorflow/{abreast,bfloat16,engine,filter-gradient,fusions,gpu-loss,onednn,operations,parts}.test.ts',
  'tests/shared/network/pytorch/golden.test.ts',
];

/** Seeded histories of whole parts: of a run with faults, and of a store whose disk fails in every place that there is. */
const SIMULATIONS = ['tests/simulation/**/*.test.ts', 'tests/coordinator/store/crash.test.ts'];

/** No unit test waits for time to pass. On a machine that has other things to do, each takes ten times as long. */
const PATIENT = { testTimeout: 60_000, hookTimeout: 60_000, expect: { poll: { timeout: 30_000 } } };

const IN_MEMORY = {
  globalSetup: ['tests/scratch.ts'],
  setupFiles: ['tests/properties.ts'],
  env: scratch === null ? {} : { TMPDIR: scratch },
};

export default defineConfig({
  test: {
    // Two cores: more forks than that only make the real processes of the end-to-end tests slower.
    maxWorkers: 2,
    // What TypeScript becomes is kept in node_modules until the file changes.
    experimental: { fsModuleCache: true },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'tests/{api,browser,shared,data,collective,engine,coordinator,page,worker,cli,deploy,scripts}/**/*.test.ts',
          ],
          exclude: [...ALONE, ...ENGINES, ...INTERPRETER, ...TENSORFLOW, ...SIMULATIONS],
          isolate: false,
          ...PATIENT,
          ...IN_MEMORY,
        },
      },
      {
        extends: true,
        test: { name: 'unit-alone', include: ALONE, ...PATIENT, ...IN_MEMORY },
      },
      {
        extends: true,
        test: { name: 'engine', include: ENGINES, ...PATIENT, ...IN_MEMORY },
      },
      {
        extends: true,
        test: { name: 'engine-interpreter', include: INTERPRETER, isolate: false, ...PATIENT, ...IN_MEMORY },
      },
      {
        extends: true,
        test: { name: 'engine-tensorflow', include: TENSORFLOW, isolate: false, ...PATIENT, ...IN_MEMORY },
      },
      {
        extends: true,
        test: { name: 'simulation', include: SIMULATIONS, ...PATIENT, ...IN_MEMORY },
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
      {
        extends: true,
        test: { name: 'power', include: ['tests/power/**/*.test.ts'], testTimeout: 600_000, hookTimeout: 120_000 },
      },
    ],
  },
});
