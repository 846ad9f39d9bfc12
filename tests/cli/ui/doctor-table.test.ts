import { expect, it } from 'vitest';
import { doctorLines } from '../../../src/cli/ui/doctor-table.ts';
import { chooseEngine, type EngineReport } from '../../../src/shared/engine/choose.ts';

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
  expect(doctorLines(reports, chooseEngine(reports), { node: '20.19.0', platform: 'linux x64' })).toEqual([
    'Node 20.19.0 on linux x64',
    '',
    'engine      usable  device       threads  note',
    'tensorflow  no      -            -        not installed',
    'wasm        yes     A processor  1',
    '',
    'auto takes wasm: it needs nothing installed',
    'to mend tensorflow: npx gradsocket setup',
  ]);
});
