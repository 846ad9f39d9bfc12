import { describe, expect, it } from 'vitest';
import { RandomStream, STREAM } from '../../../src/shared/random/stream.ts';

function take(stream: RandomStream, n: number): number[] {
  return Array.from({ length: n }, () => stream.uint32());
}

describe('RandomStream', () => {
  it('gives the same numbers for the same name', () => {
    expect(take(new RandomStream(7, STREAM.shuffle, 3, 4), 50)).toEqual(
      take(new RandomStream(7, STREAM.shuffle, 3, 4), 50),
    );
  });

  it('gives other numbers when seed, purpose or either place differs', () => {
    const names: [number, 1 | 2, number, number][] = [
      [7, 1, 3, 4],
      [8, 1, 3, 4],
      [7 + 2 ** 32, 1, 3, 4],
      [7, 2, 3, 4],
      [7, 1, 4, 4],
      [7, 1, 3, 5],
    ];
    const seen = new Set(names.flatMap((name) => take(new RandomStream(...name), 100)));
    // 600 draws of 32 bits: a repeat by chance has a probability of 4e-5, and the draws never change.
    expect(seen.size).toBe(600);
  });

  it('draws below n every value about equally often', () => {
    const stream = new RandomStream(1, STREAM.split);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[stream.below(7)]!++;
    // Standard deviation of a count is 92.6; the draws are fixed, so this cannot flake.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });

  it('draws the normal numbers of Box and Muller, from two integers each', () => {
    const [uniform, normal] = [new RandomStream(3, STREAM.initialisation), new RandomStream(3, STREAM.initialisation)];
    for (let n = 0; n < 100; n++) {
      const [u, v] = [(uniform.uint32() + 1) / (2 ** 32 + 1), uniform.uint32() / 2 ** 32];
      expect(normal.normal()).toBeCloseTo(Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v), 9);
    }
  });

  it('fills an array with the normal numbers that it draws one by one, wherever it stands and however long the array is', () => {
    for (const before of [0, 1, 2, 3, 4, 5]) {
      for (const length of [0, 1, 2, 3, 4, 7, 8]) {
        const [one, all] = [new RandomStream(3, STREAM.initialisation), new RandomStream(3, STREAM.initialisation)];
        expect(take(all, before)).toEqual(take(one, before));
        const filled = new Float32Array(length);
        all.fillNormal(filled, 0.02);
        expect([...filled]).toEqual(Array.from({ length }, () => Math.fround(one.normal() * 0.02)));
        expect(all.uint32(), `what follows ${before} and ${length}`).toBe(one.uint32());
      }
    }
  });

  it('draws uniform and normal numbers with the moments of theory', () => {
    const stream = new RandomStream(2, STREAM.initialisation);
    const n = 100_000;
    const uniforms = Array.from({ length: n }, () => stream.uniform());
    const normals = Array.from({ length: n }, () => stream.normal());
    const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / n;
    const variance = (values: number[]) => mean(values.map((x) => x * x)) - mean(values) ** 2;
    expect(mean(uniforms)).toBeCloseTo(0.5, 2);
    expect(variance(uniforms)).toBeCloseTo(1 / 12, 2);
    expect(Math.min(...uniforms)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniforms)).toBeLessThan(1);
    expect(Math.abs(mean(normals))).toBeLessThan(0.01);
    expect(Math.abs(variance(normals) - 1)).toBeLessThan(0.02);
  });
});
