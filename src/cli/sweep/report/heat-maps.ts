import { percentText } from '../../ui/text.ts';
import type { Factor, Grid } from '../grid/grid.ts';
import { meanOf, withLevel } from '../results/effects.ts';
import type { RunResult } from '../results/result.ts';
import { html, type Markup } from '../../picture/markup.ts';
import { shadeOf } from './palette.ts';
import { accuracyScale } from './scale.ts';
import { isUseless } from '../results/diagnosis.ts';

const CELL = 78;
const ROW = 44;
const LEFT = 84;
const TOP = 56;

interface HeatCell {
  readonly mean: number | null;
  readonly note: string;
}

/** A map for each pair of factors: the mean over all others. All maps have the same colors. */
export function heatMaps({ factors }: Grid, results: readonly RunResult[]): readonly Markup[] {
  const pairs = factors.flatMap((_, a) => factors.slice(a + 1).map((__, after) => [a, a + 1 + after] as const));
  const tables = pairs.map(([a, b]) => ({ a, b, cells: cellsOf(factors, a, b, results) }));
  const means = tables.flatMap(({ cells }) => cells.flat().flatMap(({ mean }) => mean ?? []));
  // As on the axes: one bad setting must not make all others look alike.
  const shades = accuracyScale(means, [0, 1]);
  return tables.map(({ a, b, cells }) => heatMap(factors[a]!, factors[b]!, cells, shades.at));
}

/** Rows: levels of `b`; columns: levels of `a`. */
function cellsOf(factors: readonly Factor[], a: number, b: number, results: readonly RunResult[]): HeatCell[][] {
  return factors[b]!.levels.map((row) =>
    factors[a]!.levels.map((column) => {
      const here = withLevel(withLevel(results, a, column), b, row);
      const { mean, scores } = meanOf(here);
      const diverged = here.filter(({ diagnosis }) => diagnosis.verdict === 'diverged').length;
      const useless = here.filter(({ diagnosis }) => isUseless(diagnosis)).length;
      const missing = here.length - scores.length;
      const notes = [
        diverged > 0 ? `${diverged}/${here.length} diverged` : '',
        useless > 0 ? `${useless}/${here.length} guessing` : '',
        missing > 0 && here.length > 0 ? `${missing}/${here.length} missing` : '',
      ].filter((note) => note !== '');
      return { mean, note: notes[0] ?? '' };
    }),
  );
}

function heatMap(columns: Factor, rows: Factor, cells: HeatCell[][], shareOf: (mean: number) => number): Markup {
  const [width, height] = [LEFT + columns.levels.length * CELL, TOP + rows.levels.length * ROW + 2];
  const heads = columns.levels.map((level, index) => name(level, LEFT + (index + 0.5) * CELL, TOP - 8, 'column'));
  const body = rows.levels.map((level, y) => {
    const middle = TOP + (y + 0.5) * ROW;
    const boxes = columns.levels.map((column, x) => {
      const { mean, note } = cells[y]![x]!;
      const shade = mean === null ? { fill: '#f1f1ef', ink: '#777' } : shadeOf(shareOf(mean));
      const center = LEFT + (x + 0.5) * CELL;
      const text = mean === null ? '–' : percentText(mean);
      return html`<g><title>${columns.name} ${column}, ${rows.name} ${level}: ${text}${note === '' ? '' : `, ${note}`}</title><rect x="${LEFT + x * CELL + 1}" y="${TOP + y * ROW + 1}" width="${CELL - 2}" height="${ROW - 2}" rx="3" fill="${shade.fill}"/><text x="${center}" y="${middle + (note === '' ? 5 : -1)}" text-anchor="middle" class="value" fill="${shade.ink}">${text}</text>${
        note === ''
          ? null
          : html`<text x="${center}" y="${middle + 14}" text-anchor="middle" class="note" fill="${shade.ink}">${note}</text>`
      }</g>`;
    });
    return html`${name(level, LEFT - 10, middle + 4, 'row')}${boxes}`;
  });
  return html`<figure class="heat"><figcaption><b>${rows.name}</b> by <b>${columns.name}</b></figcaption><svg viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="Mean validation accuracy by ${rows.name} and ${columns.name}"><text x="${LEFT + (columns.levels.length * CELL) / 2}" y="14" class="tick" text-anchor="middle">${columns.name}</text>${heads}${body}</svg></figure>`;
}

const LINE = 14;

/** A level's name, in two lines where one would meet its neighbor. A column's stands on `y`, a row's around it. */
function name(level: string, x: number, y: number, of: 'column' | 'row'): Markup {
  const lines = twoLines(level);
  const anchor = of === 'column' ? 'middle' : 'end';
  const first = y - (of === 'column' ? (lines.length - 1) * LINE : ((lines.length - 1) * LINE) / 2);
  return html`${lines.map((line, index) => html`<text x="${x}" y="${first + index * LINE}" class="level" text-anchor="${anchor}">${line}</text>`)}`;
}

const MAX_LINE = 10;

/** `random_normal` is `random_` and `normal`. */
export function twoLines(level: string): readonly string[] {
  if (level.length <= MAX_LINE) return [level];
  const cut = level.slice(0, MAX_LINE + 1).search(/[_\-,/ ][^_\-,/ ]*$/) + 1;
  if (cut <= 0) return [shortened(level, MAX_LINE)];
  return [level.slice(0, cut), shortened(level.slice(cut), MAX_LINE)];
}

/** Paths and lists may be long; their end says more. The whole stands in the title of each cell. */
export function shortened(level: string, most: number): string {
  return level.length <= most ? level : `…${level.slice(1 - most)}`;
}
