import { describe, expect, it } from 'vitest';
import { circle, folderOf, importsIn, objectionTo, wayToNode } from '../../scripts/imports.mjs';

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
    const found = importsIn('shared/job/x.ts', text).map(
      ({ line, target, types }) => `${line} ${target}${types ? ' types' : ''}`,
    );
    expect(found).toEqual([
      '1 shared/job/a.ts',
      '2 shared/b.ts types',
      '3 shared/job/c.ts',
      '4 x',
      '5 shared/job/d.ts',
      '6 shared/job/e.ts',
      '9 shared/job/f.ts',
    ]);
  });
});

describe('objectionTo', () => {
  const says = (file: string, target: string, types = false) => objectionTo({ file, line: 1, target, types });

  it.each([
    ['cli/launch.ts', 'coordinator/coordinator.ts'],
    ['worker/worker.ts', 'shared/job/schema.ts'],
    ['worker/worker.ts', 'engine/create.ts'],
    ['coordinator/reduce-hub.ts', 'collective/star-hub.ts'],
    ['engine/optimizer/sgd.ts', 'collective/kernels/kernels.ts'],
    ['shared/job/checks.ts', 'shared/errors.ts'],
    ['engine/interpreter/engine.ts', '@tensorflow/tfjs-core'],
    ['engine/create.ts', 'engine/program/build.ts'],
    ['shared/checkpoint/state.ts', 'shared/network/layout.ts'],
  ])('%s may import %s', (file, target) => expect(says(file, target)).toBeNull());

  it.each([
    ['worker/worker.ts', 'coordinator/progress/events.ts'],
    ['coordinator/run.ts', 'worker/assignment/tail.ts'],
    ['coordinator/run.ts', 'cli/command/failure.ts'],
    ['coordinator/reduce-hub.ts', 'engine/program/build.ts'],
    ['collective/mesh.ts', 'engine/engine.ts'],
    ['data/open.ts', 'collective/mesh.ts'],
    ['data/open.ts', 'shared/network/network.ts'],
    ['shared/job/checks.ts', 'data/open.ts'],
    ['shared/job/checks.ts', 'cli/command/failure.ts'],
    ['shared/job/checks.ts', 'shared/plan/tree.ts'],
    ['shared/checkpoint/state.ts', 'engine/engine.ts'],
    ['shared/checkpoint/state.ts', 'shared/network/network.ts'],
    ['shared/job/checks.ts', 'shared/network/network.ts'],
    ['worker/worker.ts', '@tensorflow/tfjs-core'],
    ['other/x.ts', 'shared/errors.ts'],
    ['shared/errors.ts', 'other/x.ts'],
  ])('%s must not import %s', (file, target) => expect(says(file, target)).not.toBeNull());

  it('lets the page know of the coordinator nothing that is there at run time', () => {
    expect(says('page/main.tsx', 'coordinator/view/view.ts', true)).toBeNull();
    expect(says('page/main.tsx', 'coordinator/view/view.ts')).not.toBeNull();
  });
});

describe('wayToNode', () => {
  const imports = [
    { file: 'browser/a.ts', line: 1, target: 'data/b.ts', types: false },
    { file: 'data/b.ts', line: 1, target: 'data/c.ts', types: false },
    { file: 'data/c.ts', line: 1, target: 'data/b.ts', types: false },
    { file: 'data/c.ts', line: 2, target: 'node:fs', types: false },
  ];

  it('goes over any number of files', () => {
    expect(wayToNode(imports, 'browser/a.ts')).toEqual(['browser/a.ts', 'data/b.ts', 'data/c.ts', 'node:fs']);
  });

  it('does not go over types', () => {
    const types = imports.map((one) => ({ ...one, types: one.target === 'data/b.ts' }));
    expect(wayToNode(types, 'browser/a.ts')).toBeNull();
  });
});

describe('circle', () => {
  const imports = (...pairs: (readonly [string, string])[]) =>
    pairs.map(([file, target]) => ({ file: `${file}.ts`, line: 1, target: `${target}.ts`, types: false }));

  it('finds a circle of folders that no two files form', () => {
    expect(circle(imports(['a/x', 'b/y'], ['b/x', 'c/y'], ['c/x', 'a/y']), folderOf)?.length).toBe(4);
    expect(circle(imports(['d/x', 'a/y'], ['a/x', 'b/y'], ['b/x', 'a/y']), folderOf)).toEqual(['a', 'b', 'a']);
  });

  it('sees folders at their real depth: one and what lies in it must not import each other', () => {
    const both = imports(['worker/x', 'worker/transport/y'], ['worker/transport/x', 'worker/y']);
    expect(circle(both, folderOf)).toEqual(['worker', 'worker/transport', 'worker']);
    expect(circle(both.slice(0, 1), folderOf)).toBeNull();
  });

  it('finds two files that import each other', () => {
    const same = (path: string) => path;
    expect(circle(imports(['a/x', 'a/y'], ['a/y', 'a/x']), same)).toEqual(['a/x.ts', 'a/y.ts', 'a/x.ts']);
    expect(circle(imports(['a/x', 'a/y'], ['a/y', 'a/z']), same)).toBeNull();
  });

  it('finds none in a diamond, nor within one folder', () => {
    const diamond = imports(['a/x', 'b/x'], ['a/x', 'c/x'], ['b/x', 'd/x'], ['c/x', 'd/x'], ['d/x', 'd/y']);
    expect(circle(diamond, folderOf)).toBeNull();
  });
});
