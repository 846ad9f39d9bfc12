import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gridOf, listed } from '../settings.ts';
import { expandGrid } from '../../../../src/cli/sweep/grid/grid.ts';

describe('expandGrid', () => {
  it('makes every combination once, the first factor slowest, with a folder name of its own', () => {
    const { cells, factors } = gridOf({ activation: 'relu,tanh', init: 'zeros,he_normal', lr: '0.1,0.01' });
    expect(factors.map(({ name }) => name)).toEqual(['activation', 'init', 'lr']);
    expect(cells.map(({ id }) => id)).toEqual([
      'relu-zeros-lr=0.1',
      'relu-zeros-lr=0.01',
      'relu-he_normal-lr=0.1',
      'relu-he_normal-lr=0.01',
      'tanh-zeros-lr=0.1',
      'tanh-zeros-lr=0.01',
      'tanh-he_normal-lr=0.1',
      'tanh-he_normal-lr=0.01',
    ]);
    expect(cells[1]).toMatchObject({
      label: 'relu · zeros · lr 0.01',
      levels: ['relu', 'zeros', '0.01'],
      job: { activation: 'relu', init: 'zeros', lr: 0.01 },
    });
  });

  it('has as many runs as the product of the lists, all of them different', () => {
    const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 });
    fc.assert(
      fc.property(
        some(['relu', 'tanh', 'sigmoid']),
        some(['0.1', '0.2', '0.3']),
        some(['1', '2']),
        (activation, lr, seed) => {
          const product = activation.length * lr.length * seed.length;
          fc.pre(product > 1);
          const { cells } = gridOf({ activation: activation.join(','), lr: lr.join(','), seed: seed.join(',') });
          expect(cells).toHaveLength(product);
          expect(new Set(cells.map(({ id }) => id)).size).toBe(product);
          expect(new Set(cells.map(({ job }) => JSON.stringify(job))).size).toBe(product);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('leaves a setting out of the runs for which it has no meaning, and each of them is there once', () => {
    const { cells, notes } = gridOf({ model: 'cnn,resnet18', kernel: '3,5' });
    expect(gridOf({ model: 'cnn,resnet18', kernel: '5,3' }).cells[2]).toEqual(cells[2]);
    expect(cells.map(({ label }) => label)).toEqual(['cnn · kernel 3', 'cnn · kernel 5', 'resnet18']);
    expect(cells[2]).toMatchObject({ levels: ['resnet18', null], job: { kernel: 3 } });
    expect(notes).toEqual([]);
  });

  it('says so where a setting that is not compared is left out', () => {
    const { cells, notes } = gridOf({ optimizer: 'sgd,adam', momentum: '0.5' });
    expect(cells.map(({ job }) => job.momentum)).toEqual([0.5, null]);
    expect(notes).toEqual(['--momentum 0.5 has no meaning with adam: left out there']);
  });

  it('refuses settings that conflict for another reason', () => {
    expect(() => gridOf({ seed: '1,2', optimizer: 'adam', momentum: '0.5' })).toThrow('--momentum 0.5 has no meaning');
    expect(() => gridOf({ batch: '64,2', microbatches: '4' }, 4)).toThrow(
      '--batch 2 leaves some of --microbatches 4 without samples',
    );
  });

  it('refuses a rate that only launch finds', () => {
    for (const given of [{ lr: '0.1,auto' }, { lr: 'auto', seed: '1,2' }]) {
      expect(() => gridOf(given)).toThrow('--lr auto is for gradsocket launch');
    }
  });

  it('refuses two names of one run: a default, and the value that it has', () => {
    const settings = listed({}, 'lr: [null, 0.03]');
    expect(() => expandGrid(settings, 1)).toThrow('lr default and lr 0.03 are the same run');
  });

  it('refuses more runs than anybody meant', () => {
    const seeds = Array.from({ length: 1001 }, (_, seed) => seed).join(',');
    expect(() => gridOf({ seed: seeds })).toThrow('1001 of --seed make 1001 runs; a sweep has at most 1000.');
  });

  it('names paths by as much of their ends as tells them apart', () => {
    const { cells, factors } = expandGrid(listed({ data: ['/home/me/a/pets', '/home/me/b/pets', 'digits'] }), 1);
    expect(cells.map(({ label }) => label)).toEqual(['data a/pets', 'data b/pets', 'data digits']);
    expect(factors[0]!.levels).toEqual(['a/pets', 'b/pets', 'digits']);
    expect(cells.map(({ levels }) => levels)).toEqual([['a/pets'], ['b/pets'], ['digits']]);
    const other = expandGrid(listed({ data: ['/home/me/cats/', '/home/me/dogs'] }), 1);
    expect(other.cells.map(({ label, job }) => [label, job.data])).toEqual([
      ['data cats', '/home/me/cats/'],
      ['data dogs', '/home/me/dogs'],
    ]);
  });

  it('gives folders of their own to values that look alike when they are cut', () => {
    const long = 'x'.repeat(50);
    const { cells } = expandGrid(listed({ data: [`/a/${long}`, `/b/${long}`, '/c d'] }), 1);
    expect(cells.map(({ id }) => id)).toEqual([`data=${'x'.repeat(40)}`, `data=${'x'.repeat(40)}-2`, 'data=_c_d']);
  });
});
