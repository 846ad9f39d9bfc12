import { expect, it } from 'vitest';
import { repeatCommand } from '../../../src/cli/run/repeat.ts';
import { listed } from '../sweep/settings.ts';
import { expandGrid } from '../../../src/cli/sweep/grid/grid.ts';

const common = { command: 'npx gradsocket', workers: 2, engine: 'tensorflow' };

it('the command has every setting that is not at its default, and what decides how numbers are rounded', () => {
  const { cells } = expandGrid(listed({ data: ['my pets'], channels: ['8,16'], flip: ['true'], lr: ['0.1,0.2'] }), 1);
  expect(repeatCommand(cells[1]!.job, common)).toBe(
    "npx gradsocket launch --data 'my pets' --flip --channels 8,16 --lr 0.2 --microbatches 1 --engine tensorflow --workers 2",
  );
});

it('names the engine of the job where workers had several, and none where it is not known', () => {
  const { cells } = expandGrid(listed({ seed: ['1,2'], engine: ['wasm'] }), 1);
  expect(repeatCommand(cells[0]!.job, { ...common, engine: 'cpu, wasm' })).toContain('--engine wasm');
  const auto = expandGrid(listed({ seed: ['1,2'] }), 1).cells[0]!.job;
  expect(repeatCommand(auto, { ...common, engine: null })).not.toContain('--engine');
});
