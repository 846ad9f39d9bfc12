import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MUTANTS, mutated } from '../../scripts/simulate/mutants.mjs';

const root = join(import.meta.dirname, '..', '..');

it.each(MUTANTS)('a mutant of the simulator changes a line that is there: $name', (mutant) => {
  expect(mutated(root, mutant)).not.toBe(readFileSync(join(root, mutant.file), 'utf8'));
});
