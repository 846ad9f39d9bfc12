import { plural } from '../shared/plural.ts';

/** A line of a chart, as its summary in words needs it. */
export interface Told {
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly (number | null)[];
}

/** A chart in words, for those who do not see it. `written`: a value with its unit. */
export function summaryOf(title: string, lines: readonly Told[], written: (value: number) => string): string {
  const said = lines.flatMap((line) => {
    const points = pointsOf(line);
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return [];
    if (points.length === 1) return [`${line.name}: ${written(last.value)} at step ${last.step}`];
    const lowest = points.reduce((least, point) => (point.value < least.value ? point : least));
    const highest = points.reduce((most, point) => (point.value > most.value ? point : most));
    return [
      `${line.name}: from ${written(first.value)} at step ${first.step} to ${written(last.value)} at step ${last.step}, ` +
        `lowest ${written(lowest.value)} at step ${lowest.step}, highest ${written(highest.value)} at step ${highest.step}`,
    ];
  });
  return said.length === 0 ? `${title}: nothing yet.` : `${title}. ${said.join('. ')}.`;
}

/** Some rows of the table of a chart: at most so many of each line, the last one among them, also of a line that is seldom measured. */
export function rowsOf(lines: readonly Told[], most: number): readonly (readonly (number | null)[])[] {
  const byStep = new Map<number, (number | null)[]>();
  lines.forEach(({ steps, values }, column) => {
    steps.forEach((step, index) => {
      const row = byStep.get(step) ?? lines.map(() => null);
      row[column] = values[index] ?? null;
      byStep.set(step, row);
    });
  });
  const told = new Set(lines.flatMap(({ steps }) => thinned(steps, most)));
  return [...told].toSorted((a, b) => a - b).map((step) => [step, ...byStep.get(step)!]);
}

/** Evenly, with the last one. */
function thinned(steps: readonly number[], most: number): readonly number[] {
  const every = Math.max(1, Math.ceil(steps.length / most));
  return steps.filter((_, index) => (steps.length - 1 - index) % every === 0);
}

export function rowsText(rows: number, all: number): string {
  return rows < all ? `${plural(rows, 'row')} of ${all.toLocaleString('en')}` : plural(rows, 'row');
}

function pointsOf({ steps, values }: Told): readonly { readonly step: number; readonly value: number }[] {
  return steps.flatMap((step, index) => {
    const value = values[index] ?? null;
    return value === null || !Number.isFinite(value) ? [] : [{ step, value }];
  });
}
