import { expect, it } from 'vitest';
import { chooseEngine, type EngineReport } from '../../src/engine/choose.ts';

const report = (engine: EngineReport['engine'], state: Partial<EngineReport> = {}): EngineReport => ({
  engine,
  usable: true,
  reason: null,
  device: 'some device',
  accelerated: false,
  threads: 1,
  remedy: null,
  ...state,
});
const broken = { usable: false, device: null };

it('takes TensorFlow on a GPU before all others', () => {
  const reports = [
    report('wasm'),
    report('webgpu', { accelerated: true }),
    report('tensorflow', { accelerated: true, device: 'NVIDIA H100' }),
  ];
  expect(chooseEngine(reports)).toEqual({ engine: 'tensorflow', because: 'TensorFlow runs on NVIDIA H100' });
});

it('takes WebGPU on hardware before TensorFlow on the CPU, and not without hardware', () => {
  const tensorflow = report('tensorflow');
  expect(chooseEngine([tensorflow, report('webgpu', { accelerated: true })])?.engine).toBe('webgpu');
  expect(chooseEngine([tensorflow, report('webgpu')])?.engine).toBe('tensorflow');
});

it('takes wasm where TensorFlow does not work, never the reference engine', () => {
  expect(chooseEngine([report('tensorflow', broken), report('wasm'), report('cpu')])?.engine).toBe('wasm');
  expect(chooseEngine([report('tensorflow', broken), report('wasm', broken), report('cpu')])).toBeNull();
});
