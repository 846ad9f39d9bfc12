import { expect, it } from 'vitest';
import { doctorLines } from '../../../src/cli/ui/doctor-table.ts';
import { chooseEngine, type EngineReport } from '../../../src/engine/choose.ts';

it('shows each engine in a row, what auto takes, and the command that mends', () => {
  const reports: EngineReport[] = [
    {
      engine: 'tensorflow',
      usable: false,
      reason: 'not installed',
      device: null,
      accelerated: false,
      threads: null,
      remedy: 'gradsocket setup',
    },
    {
      engine: 'wasm',
      usable: true,
      reason: null,
      device: 'A processor',
      accelerated: false,
      threads: 1,
      remedy: null,
    },
  ];
  const surroundings = { command: 'npx gradsocket', node: '20.19.0', platform: 'linux x64', bfloat16: ['avx512_bf16'] };
  expect(doctorLines(reports, chooseEngine(reports), surroundings)).toEqual([
    'Node 20.19.0 on linux x64',
    '',
    'engine      usable  device       threads  note',
    'tensorflow  no      -            -        not installed',
    'wasm        yes     A processor  1',
    '',
    'auto takes wasm: it needs nothing installed',
    '--precision bf16: takes the tensorflow engine, which is not usable here',
    'to mend tensorflow: npx gradsocket setup',
  ]);
});

const tensorflow: EngineReport = {
  engine: 'tensorflow',
  usable: true,
  reason: null,
  device: 'A processor',
  accelerated: false,
  threads: 1,
  remedy: null,
};

it('says that bfloat16 gains nothing where the processor lacks it, and nothing where that is not known', () => {
  const lines = (bfloat16: readonly string[] | null) =>
    doctorLines([tensorflow], null, { command: '', node: '', platform: '', bfloat16 });
  expect(lines([])).toContain('--precision bf16: no gain, this processor has neither avx512_bf16 nor amx_bf16');
  expect(lines(['amx_bf16'])).toContain('--precision bf16: faster, this processor has amx_bf16');
  expect(lines(null)).toContain('--precision bf16: what this processor gains from it is not known');
});

it('does not speak of the processor where bfloat16 is computed on a GPU', () => {
  const report = { ...tensorflow, device: 'A card', accelerated: true };
  const lines = doctorLines([report], null, { command: '', node: '', platform: '', bfloat16: [] });
  expect(lines).toContain('--precision bf16: takes the GPU, and is faster there where microbatches are large');
});
