import { expect, it, vi } from 'vitest';
import { GradsocketError } from '../../../../src/shared/errors.ts';
import { Backend } from '../../../../src/engine/interpreter/backend/backend.ts';

it('opening a backend prints nothing and leaves nobody listening to the process', async () => {
  const printed = [vi.spyOn(console, 'log'), vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')];
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = events.map((event) => process.listenerCount(event));
  for (const name of ['cpu', 'wasm'] as const) {
    const backend = await Backend.open(name);
    backend.release(backend.upload(new Float32Array(3), [3], 'float32'));
  }
  for (const method of printed) {
    expect(method).not.toHaveBeenCalled();
    method.mockRestore();
  }
  expect(events.map((event) => process.listenerCount(event))).toEqual(before);
});

it.each([
  ['more than is left', 2 ** 29],
  ['more than addresses reach', 2 ** 30 + 10],
])('wasm says that its memory is full when asked for %s, and goes on', async (_, floats) => {
  const backend = await Backend.open('wasm');
  // Address space only: nobody writes to it.
  const half = backend.allocate([2 ** 29]);
  expect(() => backend.allocate([floats])).toThrow(GradsocketError);
  expect(backend.tensorCount()).toBe(1);
  backend.release(half);
  const tensor = backend.upload(Float32Array.of(1, 2, 3), [3], 'float32');
  expect([...backend.floats(tensor)]).toEqual([1, 2, 3]);
  backend.release(tensor);
});

it.each(['cpu', 'wasm'] as const)('an alias on %s keeps the memory until both are released', async (name) => {
  const backend = await Backend.open(name);
  const tensor = backend.upload(Float32Array.of(1, 2, 3, 4), [4], 'float32');
  const alias = backend.alias(tensor, [2, 2]);
  backend.release(tensor);
  expect([...backend.floats(alias)]).toEqual([1, 2, 3, 4]);
  backend.release(alias);
  expect(backend.tensorCount()).toBe(0);
});
