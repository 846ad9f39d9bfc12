import { readFileSync } from 'node:fs';
import { writeSafetensors } from '../../../../src/shared/checkpoint/safetensors.ts';
import { type Job, jobSchema } from '../../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../../src/shared/network/build.ts';
import { sizeOf } from '../../../../src/shared/network/layout.ts';
import type { Network } from '../../../../src/shared/network/network.ts';
import { pytorchParameters } from '../../../../src/engine/weights/pytorch-layout.ts';
import { hashed, uniform } from './formula.ts';

/** A case of golden.json: what it is about, then what PyTorch makes of it. */
export interface Case {
  readonly job: Partial<Job>;
  readonly image: Network['input'];
  readonly classes: number;
  readonly batch: number;
  readonly labelSmoothing?: number;
  /** That move the running statistics; default: `GOLDEN.batches`. */
  readonly batches?: number;
  readonly parameterCount: number;
  readonly evaluatedLogits: readonly number[];
  readonly evaluatedLosses: readonly number[];
  readonly logits: readonly number[];
  readonly losses: readonly number[];
  /** By name. */
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  readonly runningStatistics: readonly (readonly number[])[];
}

interface Golden {
  readonly sums: number;
  readonly elements: number;
  readonly batches: number;
  readonly cases: Readonly<Record<string, Case>>;
}

export const GOLDEN = JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8')) as Golden;

export function networkOf({ job, image, classes }: Case): Network {
  return buildNetwork(jobSchema.parse(job), image, classes);
}

/** The weights that golden.py gives its model, as the safetensors file that PyTorch would write of them. */
export function pytorchFile(network: Network): Uint8Array {
  let stream = 1;
  const parameters = pytorchParameters(network).map(({ name, shape }) => {
    const size = sizeOf(shape);
    const norm = /bn|downsample/.test(name) && name.endsWith('weight');
    const scale = shape.length > 1 ? Math.sqrt(6 / (size / shape[0]!)) : 0.3;
    return tensor(name, shape, uniform(stream++, size, scale, shape.length === 1 && norm ? 1 : 0));
  });
  const buffers = network.buffers.map(({ name, shape }) =>
    tensor(name, shape, uniform(stream++, sizeOf(shape), 0.3, name.endsWith('var') ? 1 : 0)),
  );
  const counters = network.buffers.flatMap(({ name }) => {
    if (!name.endsWith('running_var')) return [];
    const counter = name.replace('running_var', 'num_batches_tracked');
    return [{ name: counter, type: 'I64' as const, shape: [], bytes: new Uint8Array(8) }];
  });
  return writeSafetensors([...parameters, ...buffers, ...counters], { format: 'pt' });
}

export function imagesOf({ image, batch }: Case, number: number): Float32Array {
  return uniform(30_000 + number, batch * sizeOf(image), 1.7);
}

export function labelsOf({ classes, batch }: Case): Int32Array {
  return Int32Array.from({ length: batch }, (_, index) => hashed(40_000, index) % classes);
}

function tensor(name: string, shape: readonly number[], values: Float32Array) {
  return { name, type: 'F32' as const, shape, bytes: new Uint8Array(values.buffer) };
}
