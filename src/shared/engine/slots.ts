import { type Layout, layoutOf } from '../network/layout.ts';
import type { StepProgram } from '../program/program.ts';

/** Where each parameter lies in the flat vector, from the program alone: equal to the network's `parameterLayout`. */
export function parameterSlots(program: StepProgram): Layout {
  return slots(
    program,
    program.inputs.flatMap(({ value, source }) =>
      source.kind === 'parameter' ? [{ index: source.index, value }] : [],
    ),
    'parameter',
  );
}

/** The same for buffers, which a forward program reads and a training program has statistics for. */
export function bufferSlots(program: StepProgram): Layout {
  const read = program.inputs.flatMap(({ value, source }) =>
    source.kind === 'buffer' ? [{ index: source.index, value }] : [],
  );
  const written = program.statistics.map(({ buffer, value }) => ({ index: buffer, value }));
  return slots(program, program.kind === 'training' ? written : read, 'buffer');
}

function slots(program: StepProgram, entries: { index: number; value: number }[], what: string): Layout {
  entries.sort((a, b) => a.index - b.index);
  entries.forEach(({ index }, position) => {
    if (index !== position) throw new RangeError(`The program lacks ${what} ${position}, so its layout is unknown.`);
  });
  return layoutOf(entries.map(({ value }) => program.values[value]!));
}
