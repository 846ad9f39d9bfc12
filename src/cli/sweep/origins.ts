import { resolve } from 'node:path';
import { z } from 'zod';
import { BUNDLED } from '../../data/layouts/bundled.ts';
import type { Cell } from './grid/grid.ts';
import type { ListedSetting } from './grid/listed-settings.ts';

/**
 * The folders in which paths begin that a sweep compares, by setting. Its runs are named after the paths as they were written,
 * so these stay as they are in sweep.yaml, and mean the same files wherever the sweep is resumed.
 */
export type Origins = Readonly<Record<string, string>>;

export const originsSchema = z.record(z.string(), z.string());

/** Settings that are paths, but for these words. */
const PATHS: Readonly<Record<string, readonly string[]>> = {
  data: [BUNDLED],
  weights: [],
  classWeights: ['balanced'],
};

/** `kept`: of the sweep that goes on; what is asked for anew begins in `here`. */
export function originsOf(
  settings: readonly ListedSetting[],
  kept: Origins,
  isAsked: (setting: ListedSetting) => boolean,
  here: string,
): Origins {
  const compared = settings.filter(({ field, values }) => field.key in PATHS && values.length > 1);
  return Object.fromEntries(
    compared.map((setting) => {
      const { key } = setting.field;
      return [key, isAsked(setting) ? here : (kept[key] ?? here)];
    }),
  );
}

/** Each run with the paths of its own. */
export function placedCells(cells: readonly Cell[], origins: Origins): readonly Cell[] {
  return cells.map((cell) => {
    const placed = Object.entries(origins).flatMap(([key, origin]) => {
      const value: unknown = cell.job[key as keyof Cell['job']];
      return typeof value === 'string' && !PATHS[key]!.includes(value) ? [[key, resolve(origin, value)]] : [];
    });
    return { ...cell, job: { ...cell.job, ...Object.fromEntries(placed) } };
  });
}
