import type { Inspection } from '../shared/protocol/inspection.ts';
import { figure, percent } from './text.ts';

/** What of each layer is drawn over the steps. */
export const MEASURES = ['gradient', 'update', 'dead', 'saturated'] as const;
export type Measure = (typeof MEASURES)[number];

export const MEASURE_NAMES: Readonly<Record<Measure, string>> = {
  gradient: 'norm of the gradient',
  update: 'update by weight',
  dead: 'dead relus',
  saturated: 'saturated sigmoids and tanhs',
};

/** Layers by depth (rows, the first one at the images) and steps (columns). */
export interface Heat {
  readonly steps: readonly number[];
  readonly rows: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  /** Of what is drawn: powers of ten for norms, which span many; shares as they are. */
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
}

const MOST_COLUMNS = 80;

/** What was held, and what came since, be it twice. Of more than are drawn every second one goes; the newest stays. */
export function withLooks(held: readonly Inspection[], news: readonly Inspection[]): readonly Inspection[] {
  const newest = held.at(-1)?.step ?? 0;
  const all = [...held, ...news.filter(({ step }) => step > newest)];
  return all.length <= MOST_COLUMNS ? all : all.filter((_, index) => (all.length - 1 - index) % 2 === 0);
}

/** Null: nothing of that kind was seen. */
export function heatOf(inspections: readonly Inspection[], measure: Measure): Heat | null {
  const every = Math.max(1, Math.ceil(inspections.length / MOST_COLUMNS));
  // The newest stays.
  const shown = inspections.filter((_, index) => (inspections.length - 1 - index) % every === 0);
  const names = [...new Set(shown.flatMap((one) => [...valuesOf(one, measure).keys()]))];
  const log = measure === 'gradient' || measure === 'update';
  const looks = shown.map((one) => valuesOf(one, measure));
  const rows = names.map((name) => ({ name, values: looks.map((values) => values.get(name) ?? null) }));
  const drawn = rows.flatMap(({ values }) => values).flatMap((value) => place(value, log) ?? []);
  if (drawn.length === 0) return null;
  const [low, high] = log ? [drawn.reduce((a, b) => Math.min(a, b)), drawn.reduce((a, b) => Math.max(a, b))] : [0, 1];
  return { steps: shown.map(({ step }) => step), rows, low, high, log };
}

/** From 0 to 1: how far up between the lowest and the highest; null: it cannot be drawn. */
export function heightOf(value: number | null, { low, high, log }: Heat): number | null {
  const at = place(value, log);
  if (at === null) return null;
  return high === low ? 0.5 : (at - low) / (high - low);
}

/** The newest look in words: how the first layer compares with the last. */
export function heatSummary(heat: Heat, measure: Measure): string {
  const written = (value: number | null): string => (heat.log ? figure(value) : percent(value));
  const [first, last] = [heat.rows[0]!, heat.rows[heat.rows.length - 1]!];
  const newest = heat.steps.length - 1;
  const of = (row: Heat['rows'][number]): number | null => row.values[newest] ?? null;
  const all = `${MEASURE_NAMES[measure]} of ${heat.rows.length} layers at ${heat.steps.length} steps`;
  const [a, b] = [of(first), of(last)];
  const ratio = heat.log && a !== null && b !== null && a > 0 && b > 0 ? a / b : null;
  const verdict =
    ratio === null
      ? ''
      : ratio < 1e-3
        ? ` The first layer has ${figure(ratio)} of the last one's: it vanishes on the way down.`
        : ratio > 1e3
          ? ` The first layer has ${figure(ratio)} times the last one's: it explodes on the way down.`
          : '';
  return `${all}. After step ${heat.steps[newest]}: ${first.name} ${written(a)}, ${last.name} ${written(b)}.${verdict}`;
}

function valuesOf({ layers, activations }: Inspection, measure: Measure): ReadonlyMap<string, number> {
  switch (measure) {
    case 'gradient':
      return new Map(layers.map(({ name, gradient }) => [name, gradient.norm]));
    case 'update':
      return new Map(layers.map(({ name, update }) => [name, update.ratio]));
    case 'dead':
      return new Map(activations.filter((one) => one.function === 'relu').map(({ name, dead }) => [name, dead]));
    case 'saturated':
      return new Map(
        activations
          .filter((one) => one.function === 'sigmoid' || one.function === 'tanh')
          .map(({ name, saturated }) => [name, saturated]),
      );
  }
}

/** Where it stands on the scale. JSON has null for what is no number. */
function place(value: number | null, log: boolean): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  if (!log) return value;
  return value > 0 ? Math.log10(value) : null;
}
