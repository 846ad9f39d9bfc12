import { describe, expect, it } from 'vitest';
import { variedSettings } from '../../../../src/cli/sweep/grid/listed-settings.ts';
import { listed } from '../settings.ts';

const valuesOf = (name: string, ...layers: Parameters<typeof listed>): readonly unknown[] =>
  listed(...layers).find(({ field }) => field.name === name)?.values ?? [];

describe('listedSettings', () => {
  it('splits choices, numbers and flags at commas, and takes a flag alone for true', () => {
    expect(valuesOf('activation', { activation: ['relu, tanh'] })).toEqual(['relu', 'tanh']);
    expect(valuesOf('lr', { lr: ['0.1,1e-2'] })).toEqual([0.1, 0.01]);
    expect(valuesOf('flip', { flip: ['true,false'] })).toEqual([true, false]);
    expect(valuesOf('flip', { flip: [''] })).toEqual([true]);
  });

  it('leaves commas in lists and texts alone; these are repeated', () => {
    expect(valuesOf('channels', { channels: ['8,16', '4'] })).toEqual([[8, 16], [4]]);
    expect(valuesOf('data', { data: ['a,b', 'c'] })).toEqual(['a,b', 'c']);
  });

  it('takes lists from a file, for a list setting lists of lists', () => {
    expect(valuesOf('init', {}, 'init: [zeros, he_normal]')).toEqual(['zeros', 'he_normal']);
    expect(valuesOf('channels', {}, 'channels: [8, 16]')).toEqual([[8, 16]]);
    expect(valuesOf('channels', {}, 'channels: [[8, 16], [4]]')).toEqual([[8, 16], [4]]);
    expect(valuesOf('lr', {}, 'lr: null')).toEqual([null]);
  });

  it('puts flags before the environment, that before the file, that before defaults', () => {
    const [flags, file, environment] = [{ lr: ['1'] }, 'lr: 3', { GRADSOCKET_LR: '2' }] as const;
    expect(valuesOf('lr', flags, file, environment)).toEqual([1]);
    expect(valuesOf('lr', {}, file, environment)).toEqual([2]);
    expect(valuesOf('lr', {}, file)).toEqual([3]);
    expect(valuesOf('lr', {})).toEqual([null]);
    expect(valuesOf('microbatches', {})).toEqual([1]);
  });

  it.each([
    [{ activation: ['rleu,tanh'] }, '--activation rleu: did you mean relu?', 64],
    [{ activation: ['relu,tanh,relu'] }, '--activation relu is there twice.', 64],
    [{ lr: ['0.1,1e-1'] }, '--lr 0.1 is there twice.', 64],
    [{ channels: ['8,16', '8, 16'] }, '--channels 8,16 is there twice.', 64],
    [{ activation: ['relu,'] }, '--activation has an empty place: expects one of relu', 64],
    [{ batch: [''] }, '--batch has an empty place: expects a whole number of at least 1.', 64],
    [{ lr: ['0.1,fast'] }, '--lr fast: expects a number above 0, or auto.', 64],
  ])('refuses %j', (flags, message, exitCode) => {
    expect(() => listed(flags)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message), exitCode }),
    );
  });

  it('says where a mistake in a file or the environment stands, even while a flag hides it', () => {
    const flags = { init: ['he_normal'] };
    expect(() => listed(flags, 'init: [zeros, hee_normal]')).toThrow(
      'sweep.yaml:1: init: hee_normal: did you mean he_normal?',
    );
    expect(() => listed(flags, 'init: []')).toThrow('names no value');
    expect(() => listed(flags, '', { GRADSOCKET_INIT: 'zeros,zeros' })).toThrow('GRADSOCKET_INIT=zeros is there twice');
  });
});

it('a sweep of one run is refused', () => {
  expect(() => variedSettings(listed({ activation: ['relu'] }))).toThrow('There is nothing to compare');
});
