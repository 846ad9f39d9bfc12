import { add, getBackend, setBackend, tensor1d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { createInterpreterEngine } from '../../../../src/engine/interpreter/engine.ts';
import { Backend } from '../../../../src/engine/interpreter/backend/backend.ts';

// In a file of its own: tfjs keeps what was opened for as long as the process lives.
it('a program that computes with tfjs keeps its backend while and after another is opened, also twice at once', async () => {
  await import('@tensorflow/tfjs-backend-cpu');
  await setBackend('cpu');
  const sum = (): number[] => [...add(tensor1d([1]), tensor1d([2])).dataSync()];

  const opening = Promise.all([Backend.open('wasm'), Backend.open('wasm')]);
  while (!(await Promise.race([opening.then(() => true), new Promise((resolve) => setImmediate(resolve, false))]))) {
    expect(getBackend()).toBe('cpu');
    expect(sum()).toEqual([3]);
  }
  const [first, second] = await opening;
  expect(getBackend()).toBe('cpu');
  expect(sum()).toEqual([3]);
  const tensor = first.upload(Float32Array.of(1), [1], 'float32');
  expect([...second.floats(tensor)]).toEqual([1]);
  first.release(tensor);

  // What is open so has memory for one thread.
  const engine = await createInterpreterEngine('wasm', { threads: 2 });
  expect(engine.threads).toBe(1);
  engine.dispose();
});
