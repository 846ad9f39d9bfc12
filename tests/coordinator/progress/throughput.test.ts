import { describe, expect, it } from 'vitest';
import { Throughput } from '../../../src/coordinator/progress/throughput.ts';

describe('images per second', () => {
  it('follows the last seconds, while the whole run keeps its mean', () => {
    const throughput = new Throughput(0, 10_000);
    for (let second = 1; second <= 20; second++) throughput.step(second * 1000, 100, 0);
    for (let second = 21; second <= 40; second++) throughput.step(second * 1000, 300, 0);
    expect(throughput.imagesPerSecond).toBeCloseTo(300, 6);
    expect(throughput.overall).toBeCloseTo(200, 6);
  });

  it('leaves out a step that ended when the window began', () => {
    const throughput = new Throughput(0, 1000);
    throughput.step(1000, 100, 0);
    throughput.step(1999, 300, 0);
    expect(throughput.imagesPerSecond).toBeCloseTo(400 / 1.999, 6);
    throughput.step(2000, 1, 0);
    expect(throughput.imagesPerSecond).toBeCloseTo(301, 6);
  });

  it('leaves out the time until it is resumed', () => {
    const throughput = new Throughput(0);
    throughput.step(1000, 100, 0);
    throughput.resume(61_000);
    throughput.step(62_000, 100, 0);
    expect(throughput.overall).toBeCloseTo(100, 6);
    expect(throughput.imagesPerSecond).toBeCloseTo(100, 6);
  });

  it('counts for a step what it took a worker, where the reports of many come at once', () => {
    const throughput = new Throughput(0);
    throughput.step(1000, 100, 1000);
    throughput.resume(31_000);
    // Thirty seconds without a coordinator.
    for (let n = 0; n < 30; n++) expect(throughput.step(31_000, 100, 1000)).toEqual({ ms: 1000, unseenMs: 1000 });
    expect(throughput.step(32_000, 100, 1000)).toEqual({ ms: 1000, unseenMs: 0 });
    expect(throughput.overall).toBeCloseTo(100, 6);
    expect(throughput.imagesPerSecond).toBeCloseTo(100, 6);
  });

  it('counts nothing twice where it only heard of steps too late', () => {
    const throughput = new Throughput(0);
    throughput.step(5000, 100, 1000);
    for (let n = 0; n < 4; n++) expect(throughput.step(5000, 100, 1000)).toEqual({ ms: 0, unseenMs: 0 });
    expect(throughput.step(5000, 100, 1000)).toEqual({ ms: 1000, unseenMs: 1000 });
    expect(throughput.overall).toBeCloseTo(100, 6);
  });

  it('knows a step that takes longer than the window, and nothing before the first', () => {
    const throughput = new Throughput(0, 1000);
    expect([throughput.imagesPerSecond, throughput.overall]).toEqual([0, 0]);
    throughput.step(60_000, 120, 0);
    expect(throughput.imagesPerSecond).toBeCloseTo(2, 6);
  });
});
