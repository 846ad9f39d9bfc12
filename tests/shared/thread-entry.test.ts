import { expect, test } from 'vitest';
import { threadEntry } from '../../src/shared/thread-entry.ts';

test('an entry point lies beside the built file', () => {
  const beside = 'file:///home/me/src/gradsocket/dist/worker/input/pipeline.js';
  expect(threadEntry('thread', beside).href).toBe('file:///home/me/src/gradsocket/dist/worker/input/thread.js');
});

test('beside a source, it is the one in the build, wherever the package lies', () => {
  for (const folder of ['file:///home/me/gradsocket', 'file:///home/me/src/grad%20socket']) {
    const beside = `${folder}/src/worker/input/pipeline.ts`;
    expect(threadEntry('thread', beside).href).toBe(`${folder}/dist/worker/input/thread.js`);
  }
});
