import { afterAll, beforeAll, expect, it } from 'vitest';
import { Backend } from '../../../../src/engine/interpreter/backend/backend.ts';
import { shareOf } from '../../../../src/engine/interpreter/threads/share.ts';
import { Team } from '../../../../src/engine/interpreter/threads/team.ts';

let backend: Backend;
let team: Team;
beforeAll(async () => {
  backend = await Backend.open('wasm', true);
  team = await Team.gather(backend.memory, 3);
});
afterAll(() => team.dismiss());

/** Relu's gradient, of which each part computes some elements; dy is 0, 1, 2, ... and no output is positive or all are. */
function reluGradient(size: number, output: number, partsTaken: readonly number[]): readonly number[] {
  const dy = Float32Array.from({ length: size }, (_, index) => index);
  const tensors = [
    backend.upload(new Float32Array(size).fill(-1), [size], 'float32'),
    backend.upload(dy, [size], 'float32'),
    backend.upload(new Float32Array(size).fill(output), [size], 'float32'),
  ] as const;
  const addresses = backend.addresses(...tensors);
  try {
    team.run('activationGradient', (part) => {
      if (!partsTaken.includes(part)) return null;
      const { first, count } = shareOf(size, 1, part, team.parts);
      const [dx, from, y] = addresses.map((address) => address + 4 * first) as [number, number, number];
      return { dx, dy: from, y, kind: 0, slope: 0, count };
    });
    return [...backend.floats(tensors[0])];
  } finally {
    backend.release(...tensors);
  }
}

/** What a kernel reads beyond the memory, or nothing at all. */
function readBeyond(beyond: boolean) {
  return { dx: 0, dy: beyond ? 2 ** 32 - 16 : 0, y: 0, kind: 0, slope: 0, count: beyond ? 4 : 0 };
}

it('each part is computed before a call returns, round after round', () => {
  for (let round = 0; round < 200; round++) {
    expect(reluGradient(7, 1, [0, 1, 2])).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(reluGradient(7, -1, [0, 1, 2])).toEqual(new Array(7).fill(0));
  }
});

it('a part that has nothing to do computes nothing', () => {
  expect(reluGradient(6, 1, [0, 2])).toEqual([0, 1, -1, -1, 4, 5]);
  expect(reluGradient(6, 1, [1])).toEqual([-1, -1, 2, 3, -1, -1]);
});

it('a kernel that fails on another thread is an error here, and the thread goes on', () => {
  const fail = () => team.run('activationGradient', (part) => readBeyond(part === 1));
  expect(fail).toThrow('a thread failed in activationGradient');
  expect(reluGradient(3, 1, [0, 1, 2])).toEqual([0, 1, 2]);
});

it('a kernel that fails here is an error here, after the other threads are done', () => {
  const fail = () => team.run('activationGradient', (part) => readBeyond(part === 0));
  expect(fail).toThrow(WebAssembly.RuntimeError);
  expect(reluGradient(3, 1, [0, 1, 2])).toEqual([0, 1, 2]);
});

it('whoever asks threads that have ended is told so, and does not wait', async () => {
  const former = await Team.gather(backend.memory, 2);
  former.dismiss();
  expect(() => former.run('activationGradient', () => null)).toThrow('threads that have ended');
});
