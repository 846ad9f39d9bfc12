import { add } from './basic';
import { addNarrow } from './bfloat16';

/**
 * Elements that are folded at a time. The scratch of a deep tree and a block of each of two operands then stay in the
 * first-level cache, and every source is read from memory once.
 */
const BLOCK: usize = 1024;

/** In a program: add the two on top of the stack. Any other value is the index of a source to push. */
const ADD: i32 = -1;

/**
 * Evaluates a fold of `count` floats: `program` holds `length` int32 (see ADD), `sources` the address of each source,
 * `stack` room for an address per level, `scratch` BLOCK floats per level. A program of one push copies.
 * `to` may be one of the sources: a block is read before it is written.
 */
export function fold(
  to: usize,
  program: usize,
  length: usize,
  sources: usize,
  stack: usize,
  scratch: usize,
  count: usize,
): void {
  evaluate<f32>(to, program, length, sources, stack, scratch, count);
}

/**
 * The same with sources, scratch and result in bfloat16 and every sum rounded: whoever holds which part of the tree, its nodes
 * have the same bits.
 */
export function foldBfloat16(
  to: usize,
  program: usize,
  length: usize,
  sources: usize,
  stack: usize,
  scratch: usize,
  count: usize,
): void {
  evaluate<u16>(to, program, length, sources, stack, scratch, count);
}

/** `T`: f32, or u16 for bfloat16. */
function evaluate<T>(
  to: usize,
  program: usize,
  length: usize,
  sources: usize,
  stack: usize,
  scratch: usize,
  count: usize,
): void {
  for (let done: usize = 0; done < count; done += BLOCK) {
    const size: usize = min(BLOCK, count - done);
    const at: usize = done * sizeof<T>();
    let depth: usize = 0;
    for (let i: usize = 0; i < length; i++) {
      const step = i32.load(program + (i << 2));
      if (step == ADD) {
        const right = stack + ((depth - 1) << 2);
        const left = stack + ((depth - 2) << 2);
        // The last sum goes home; one at level n goes to the scratch of level n, which only its left operand may hold.
        const sum: usize = i + 1 == length ? to + at : scratch + (depth - 2) * BLOCK * sizeof<T>();
        if (isFloat<T>()) add(sum, <usize>load<u32>(left), <usize>load<u32>(right), size);
        else addNarrow(sum, <usize>load<u32>(left), <usize>load<u32>(right), size);
        store<u32>(left, <u32>sum);
        depth--;
      } else {
        const source = <usize>load<u32>(sources + (<usize>step << 2)) + at;
        store<u32>(stack + (depth << 2), <u32>source);
        depth++;
      }
    }
    const only = <usize>load<u32>(stack);
    if (length == 1 && only != to + at) memory.copy(to + at, only, size * sizeof<T>());
  }
}
