import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expandGrid } from '../../../src/cli/sweep/grid/grid.ts';
import { originsOf, placedCells } from '../../../src/cli/sweep/origins.ts';
import { SweepFolder } from '../../../src/cli/sweep/sweep-folder.ts';
import { EXIT } from '../../../src/shared/errors.ts';
import { listed } from './settings.ts';

const HERE = '/home/ada/course';
const everything = (): boolean => true;
const nothing = (): boolean => false;

describe('paths that a sweep compares', () => {
  const settings = listed({ data: ['pets', '../cars', '/srv/birds', 'digits'], weights: ['a.safetensors'] });

  it('begin in the folder in which it was started, and their runs are called as they were written', () => {
    const origins = originsOf(settings, {}, everything, HERE);
    expect(origins).toEqual({ data: HERE });
    const { cells } = expandGrid(settings, 1);
    const placed = placedCells(cells, origins);
    expect(placed.map(({ job }) => job.data)).toEqual([
      '/home/ada/course/pets',
      '/home/ada/cars',
      '/srv/birds',
      'digits',
    ]);
    expect(placed.map(({ id }) => id)).toEqual(cells.map(({ id }) => id));
  });

  it('begin there when it goes on elsewhere, unless they are asked for anew', () => {
    expect(originsOf(settings, { data: HERE }, nothing, '/tmp')).toEqual({ data: HERE });
    expect(originsOf(settings, { data: HERE }, everything, '/tmp')).toEqual({ data: '/tmp' });
    // Of a version that did not write it down.
    expect(originsOf(settings, {}, nothing, '/tmp')).toEqual({ data: '/tmp' });
  });

  it('may be files of weights, and of what classes weigh', () => {
    const files = listed({ weights: ['a.safetensors', 'b.safetensors'], 'class-weights': ['balanced', 'w.json'] });
    const origins = originsOf(files, {}, everything, HERE);
    const jobs = placedCells(expandGrid(files, 1).cells, origins).map(({ job }) => job);
    expect(new Set(jobs.map(({ weights }) => weights))).toEqual(
      new Set(['/home/ada/course/a.safetensors', '/home/ada/course/b.safetensors']),
    );
    expect(new Set(jobs.map(({ classWeights }) => classWeights))).toEqual(
      new Set(['balanced', '/home/ada/course/w.json']),
    );
  });
});

describe('the folder of a sweep', () => {
  let folder: SweepFolder;
  beforeEach(async () => {
    folder = new SweepFolder(await mkdtemp(join(tmpdir(), 'gradsocket sweep ')));
  });
  afterEach(() => rm(folder.dir, { recursive: true }));

  it('remembers where its paths begin', async () => {
    expect(await folder.readOrigins()).toEqual({});
    await folder.writePlan([], {}, { data: HERE });
    expect(await folder.readOrigins()).toEqual({ data: HERE });
  });

  it.each(['', '{"data": 3}', '[1'])('says where that is damaged: %j', async (text) => {
    await writeFile(join(folder.dir, 'origins.json'), text);
    await expect(folder.readOrigins()).rejects.toMatchObject({
      code: 'SWEEP_ORIGINS',
      exitCode: EXIT.configuration,
      message: expect.stringContaining('{"data": "/folder"}') as string,
    });
  });
});
