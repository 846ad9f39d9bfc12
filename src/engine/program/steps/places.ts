import { alignUp, sizeOf } from '../../../shared/network/layout.ts';
import type { StepProgram } from './program.ts';

/** Where one tensor lies in a flat vector: floats from `offset` on. */
export interface Place {
  readonly offset: number;
  readonly size: number;
}

/** Places in the parameter vector, by index of the parameter: those of `parameterLayout`. */
export function parameterPlaces(program: StepProgram): readonly Place[] {
  return places(
    program.inputs.flatMap(({ source, value }) =>
      source.kind === 'parameter' ? [{ index: source.index, shape: program.values[value]!.shape }] : [],
    ),
  );
}

/**
 * Places in the buffer vector, by index of the buffer: those of `bufferLayout`. A training program reads those of frozen
 * layers and makes statistics for the others.
 */
export function bufferPlaces(program: StepProgram): readonly Place[] {
  const read = program.inputs.flatMap(({ source, value }) =>
    source.kind === 'buffer' ? [{ index: source.index, shape: program.values[value]!.shape }] : [],
  );
  const written = program.statistics.map(({ buffer, value }) => ({
    index: buffer,
    shape: program.values[value]!.shape,
  }));
  return places([...read, ...written]);
}

function places(tensors: readonly { readonly index: number; readonly shape: readonly number[] }[]): readonly Place[] {
  let offset = 0;
  return tensors
    .toSorted((a, b) => a.index - b.index)
    .map(({ index, shape }, position) => {
      if (index !== position) throw new Error(`the program does not use tensor ${position}, so places are unknown`);
      const place = { offset, size: sizeOf(shape) };
      offset = alignUp(offset + place.size);
      return place;
    });
}
