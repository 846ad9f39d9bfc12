import { describe, expect, it } from 'vitest';
import { folderCycle, importsIn, objectionTo } from '../../scripts/imports.mjs';

describe('importsIn', () => {
  it('finds imports, types, exports and dynamic imports, with their lines', () => {
    const text = [
      "import { a } from './a.ts';",
      "import type { B } from '../b.ts';",
      "export * from './c.ts';",
      "import 'x';",
      "const d = await import('./d.ts');",
      "type E = import('./e.ts').E;",
      "import {\n  f,\n} from './f.ts';",
    ].join('\n');
    const found = importsIn('shared/job/x.ts', text).map(({ line, target }) => `${line} ${target}`);
    expect(found).toEqual([
      '1 shared/job/a.ts',
      '2 shared/b.ts',
      '3 shared/job/c.ts',
      '4 x',
      '5 shared/job/d.ts',
      '6 shared/job/e.ts',
      '9 shared/job/f.ts',
    ]);
  });
});

describe('objectionTo', () => {
  const says = (file: string, target: string) => objectionTo({ file, line: 1, target });

  it.each([
    ['cli/launch.ts', 'coordinator/coordinator.ts'],
    ['worker/worker.ts', 'shared/job/schema.ts'],
    ['shared/job/checks.ts', 'shared/errors.ts'],
    ['shared/engine/interpreter/engine.ts', '@tensorflow/tfjs-core'],
    ['shared/engine/create.ts', 'shared/program/build.ts'],
    ['shared/checkpoint/state.ts', 'shared/network/layout.ts'],
  ])('%s may import %s', (file, target) => expect(says(file, target)).toBeNull());

  it.each([
    ['worker/worker.ts', 'coordinator/events.ts'],
    ['coordinator/run.ts', 'worker/tail.ts'],
    ['coordinator/run.ts', 'cli/failure.ts'],
    ['shared/job/checks.ts', 'cli/failure.ts'],
    ['shared/job/checks.ts', 'shared/plan/tree.ts'],
    ['shared/checkpoint/state.ts', 'shared/engine/engine.ts'],
    ['shared/checkpoint/state.ts', 'shared/network/network.ts'],
    ['shared/job/checks.ts', 'shared/network/network.ts'],
    ['worker/worker.ts', '@tensorflow/tfjs-core'],
  ])('%s must not import %s', (file, target) => expect(says(file, target)).not.toBeNull());
});

describe('folderCycle', () => {
  const imports = (...pairs: (readonly [string, string])[]) =>
    pairs.map(([from, to]) => ({ file: `shared/${from}/x.ts`, line: 1, target: `shared/${to}/y.ts` }));

  it('finds a circle of folders that no two files form', () => {
    expect(folderCycle(imports(['a', 'b'], ['b', 'c'], ['c', 'a']))?.length).toBe(4);
    expect(folderCycle(imports(['d', 'a'], ['a', 'b'], ['b', 'a']))).toEqual(['shared/a', 'shared/b', 'shared/a']);
  });

  it('finds none in a diamond, nor within one folder', () => {
    expect(folderCycle(imports(['a', 'b'], ['a', 'c'], ['b', 'd'], ['c', 'd'], ['d', 'd']))).toBeNull();
  });
});
