import type { Tensor } from '../../shared/checkpoint/safetensors.ts';
import type { EvaluationLine, StepLine } from '../progress/history.ts';
import type { SummaryValue } from './event.ts';
import { histogramOf } from './histogram.ts';

/** What a line of metrics.jsonl shows. Training and validation have the same tags: they are two runs for TensorBoard. */
export function scalarsOf(line: StepLine | EvaluationLine): readonly SummaryValue[] {
  if (line.type === 'evaluation') {
    return [
      { tag: 'loss', scalar: line.loss },
      { tag: 'accuracy', scalar: line.accuracy },
    ];
  }
  return [
    { tag: 'loss', scalar: line.loss },
    { tag: 'accuracy', scalar: line.accuracy },
    { tag: 'learning_rate', scalar: line.learningRate },
    { tag: 'gradient_norm', scalar: line.gradientNorm },
    { tag: 'images_per_second', scalar: line.imagesPerSecond },
  ];
}

/** How the parameters and running statistics in a checkpoint are spread. A layer's stand together: `conv1/weight`. */
export function histogramsOf(tensors: Iterable<Tensor>): readonly SummaryValue[] {
  const values: SummaryValue[] = [];
  for (const { name, type, bytes } of tensors) {
    if (type !== 'F32' || name.startsWith('optimizer.')) continue;
    const histogram = histogramOf(floatsOf(bytes));
    if (histogram !== null) values.push({ tag: name.replace(/\.([^.]*)$/, '/$1'), histogram });
  }
  return values;
}

/** Whoever reads a file may hand out bytes that lie anywhere. */
function floatsOf(bytes: Uint8Array): Float32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}
