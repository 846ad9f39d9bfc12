import type { ProgramInput } from '../program/steps/program.ts';
import type { Place } from '../program/steps/places.ts';
import type { ProgramInputs } from './engine.ts';

/** What a run is given for one input of its program. Parameters and buffers are views of their flat vectors. */
export function inputValues(
  source: ProgramInput['source'],
  inputs: ProgramInputs,
  places: { readonly parameters: readonly Place[]; readonly buffers: readonly Place[] },
): Float32Array | Int32Array {
  switch (source.kind) {
    case 'images':
      return inputs.images;
    case 'labels':
      return inputs.labels;
    case 'targets':
      if (inputs.targets === undefined) throw new TypeError('a program with soft targets was given none');
      return inputs.targets;
    case 'mask':
      return inputs.masks[source.index]!;
    case 'parameter':
      return slice(inputs.parameters, places.parameters[source.index]!);
    case 'buffer':
      return slice(inputs.buffers, places.buffers[source.index]!);
  }
}

function slice(vector: Float32Array, { offset, size }: Place): Float32Array {
  return vector.subarray(offset, offset + size);
}
