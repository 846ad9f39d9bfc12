import { expect, it } from 'vitest';
import { bfloat16Instructions } from '../../src/engine/bfloat16.ts';

it('finds the instructions for bfloat16 among the flags of a processor, as whole words', () => {
  const cpuinfo = (flags: string) => `processor\t: 0\nflags\t\t: fpu ${flags} sse\nbugs\t\t: avx512_bf16\n`;
  expect(bfloat16Instructions(cpuinfo('avx512f avx512_bf16'))).toEqual(['avx512_bf16']);
  expect(bfloat16Instructions(cpuinfo('avx512_bf16 amx_bf16'))).toEqual(['amx_bf16', 'avx512_bf16']);
  expect(bfloat16Instructions(cpuinfo('avx512f avx512_bf16x'))).toEqual([]);
  expect(bfloat16Instructions('')).toEqual([]);
});
