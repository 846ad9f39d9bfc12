import type { Outcomes } from '../trained/measure.ts';

/** How often samples of one class were taken for another one, or for their own. */
export interface Cell {
  /** Class that they are of. */
  readonly actual: number;
  /** Class that the model decided for; -1: none, as its logits were no numbers. */
  readonly decided: number;
  readonly count: number;
}

/** How good the decisions for one class are. Null: 0 of 0, so there is nothing to say. */
export interface ClassScore {
  readonly name: string;
  /** Share of the samples that were taken for this class that are of it. */
  readonly precision: number | null;
  /** Share of the samples of this class that were taken for it. */
  readonly recall: number | null;
  /** Harmonic mean of both. */
  readonly f1: number | null;
  /** Samples of this class. */
  readonly support: number;
}

export type MeanScore = Omit<ClassScore, 'name' | 'support'>;

/** The cells that are not empty, row by row. With many classes almost all are. */
export function cellsOf({ labels, decisions }: Pick<Outcomes, 'labels' | 'decisions'>): readonly Cell[] {
  const rows = new Map<number, Map<number, number>>();
  labels.forEach((actual, sample) => {
    const decided = decisions[sample]!;
    let row = rows.get(actual);
    if (row === undefined) rows.set(actual, (row = new Map<number, number>()));
    row.set(decided, (row.get(decided) ?? 0) + 1);
  });
  return [...rows]
    .flatMap(([actual, row]) => [...row].map(([decided, count]) => ({ actual, decided, count })))
    .toSorted((a, b) => a.actual - b.actual || a.decided - b.decided);
}

/** Rows: what samples are; columns: what they were taken for. Undecided samples are in none. */
export function matrixOf(cells: readonly Cell[], classes: number): readonly (readonly number[])[] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const { actual, decided, count } of cells) if (decided >= 0) matrix[actual]![decided] = count;
  return matrix;
}

/** Wrong decisions, the most frequent first. */
export function mixUps(cells: readonly Cell[]): readonly Cell[] {
  return cells.filter(({ actual, decided }) => actual !== decided).toSorted((a, b) => b.count - a.count);
}

export function scoresOf(cells: readonly Cell[], classes: readonly string[]): readonly ClassScore[] {
  const support = new Float64Array(classes.length);
  const taken = new Float64Array(classes.length);
  const hits = new Float64Array(classes.length);
  for (const { actual, decided, count } of cells) {
    support[actual]! += count;
    if (decided >= 0) taken[decided]! += count;
    if (actual === decided) hits[actual]! += count;
  }
  return classes.map((name, index) => {
    const [hit, of, said] = [hits[index]!, support[index]!, taken[index]!];
    return {
      name,
      precision: share(hit, said),
      recall: share(hit, of),
      f1: share(2 * hit, of + said),
      support: of,
    };
  });
}

/** Over the classes that have samples; one that nothing was taken for counts with a precision of 0. */
export function meanOf(scores: readonly ClassScore[]): MeanScore {
  const present = scores.filter(({ support }) => support > 0);
  const mean = (key: 'precision' | 'recall' | 'f1'): number | null =>
    share(
      present.reduce((sum, score) => sum + (score[key] ?? 0), 0),
      present.length,
    );
  return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') };
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** Samples for which the model gave no number: it has diverged. */
export function undecidedIn(cells: readonly Cell[]): number {
  return cells.reduce((sum, { decided, count }) => (decided < 0 ? sum + count : sum), 0);
}
