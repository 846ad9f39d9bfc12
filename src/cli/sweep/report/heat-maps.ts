import { percentText } from '../../ui/text.ts';
import type { Factor, Grid } from '../grid.ts';
import { meanOf, withLevel } from '../results/effects.ts';
import type { RunResult } from '../results/result.ts';
import { html, type Markup } from './markup.ts';
import { shadeOf } from './palette.ts';

const CELL = 104;
const ROW = 46;
const LEFT = 118;
const TOP = 46;

interface HeatCell {
  readonly mean: number | null;
  readonly note: string;
}

/** A map for each pair of factors: the mean over all others. All maps have the same colours. */
export function heatMaps({ factors }: Grid, results: readonly RunResult[]): readonly Markup[] {
  const pairs = factors.flatMap((_, a) => factors.slice(a + 1).map((__, after) => [a, a + 1 + after] as const));
  const tables = pairs.map(([a, b]) => ({ a, b, cells: cellsOf(factors, a, b, results) }));
  const means = tables.flatMap(({ cells }) => cells.flat().flatMap(({ mean }) => mean ?? []));
  const [low, high] = [Math.min(...means), Math.max(...means)];
  return tables.map(({ a, b, cells }) =>
    heatMap(factors[a]!, factors[b]!, cells, (mean) => (high > low ? (mean - low) / (high - low) : 0.5)),
  );
}

/** Rows: levels of `b`; columns: levels of `a`. */
function cellsOf(factors: readonly Factor[], a: number, b: number, results: readonly RunResult[]): HeatCell[][] {
  return factors[b]!.levels.map((row) =>
    factors[a]!.levels.map((column) => {
      const here = withLevel(withLevel(results, a, column), b, row);
      const { mean, scores } = meanOf(here);
      const diverged = here.filter(({ diagnosis }) => diagnosis.verdict === 'diverged').length;
      const useless = here.filter(
        ({ diagnosis }) => diagnosis.verdict === 'dead' || diagnosis.verdict === 'collapsed',
      ).length;
      const missing = here.length - scores.length;
      const notes = [
        diverged > 0 ? `${diverged} of ${here.length} diverged` : '',
        useless > 0 ? `${useless} of ${here.length} dead` : '',
        missing > 0 && here.length > 0 ? `${missing} of ${here.length} missing` : '',
      ].filter((note) => note !== '');
      return { mean, note: notes[0] ?? '' };
    }),
  );
}

function heatMap(columns: Factor, rows: Factor, cells: HeatCell[][], shareOf: (mean: number) => number): Markup {
  const [width, height] = [LEFT + columns.levels.length * CELL, TOP + rows.levels.length * ROW + 2];
  const heads = columns.levels.map(
    (level, index) =>
      html`<text x="${LEFT + (index + 0.5) * CELL}" y="${TOP - 8}" class="level" text-anchor="middle">${shortened(level)}</text>`,
  );
  const body = rows.levels.map((level, y) => {
    const middle = TOP + (y + 0.5) * ROW;
    const boxes = columns.levels.map((column, x) => {
      const { mean, note } = cells[y]![x]!;
      const shade = mean === null ? { fill: '#f1f1ef', ink: '#777' } : shadeOf(shareOf(mean));
      const centre = LEFT + (x + 0.5) * CELL;
      const text = mean === null ? '–' : percentText(mean);
      return html`<g><title>${columns.name} ${column}, ${rows.name} ${level}: ${text}${note === '' ? '' : `, ${note}`}</title><rect x="${LEFT + x * CELL + 1}" y="${TOP + y * ROW + 1}" width="${CELL - 2}" height="${ROW - 2}" rx="3" fill="${shade.fill}"/><text x="${centre}" y="${middle + (note === '' ? 5 : -1)}" text-anchor="middle" class="value" fill="${shade.ink}">${text}</text>${
        note === ''
          ? null
          : html`<text x="${centre}" y="${middle + 14}" text-anchor="middle" class="note" fill="${shade.ink}">${note}</text>`
      }</g>`;
    });
    return html`<text x="${LEFT - 10}" y="${middle + 4}" class="level" text-anchor="end">${shortened(level)}</text>${boxes}`;
  });
  return html`<figure class="heat"><figcaption><b>${rows.name}</b> by <b>${columns.name}</b></figcaption><svg viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="Mean validation accuracy by ${rows.name} and ${columns.name}"><text x="${LEFT + (columns.levels.length * CELL) / 2}" y="14" class="tick" text-anchor="middle">${columns.name}</text>${heads}${body}</svg></figure>`;
}

const MAX_NAME = 15;

/** Paths and lists may be long; their end says more. The whole stands in the title of each cell. */
export function shortened(level: string, most: number = MAX_NAME): string {
  return level.length <= most ? level : `…${level.slice(1 - most)}`;
}
