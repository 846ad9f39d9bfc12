import type { Grid } from '../grid/grid.ts';
import { type Interval, meanInterval } from './interval.ts';
import type { RunResult } from './result.ts';

/**
 * What a run counts for in means: its best validation accuracy. One that diverged before it was evaluated knows no more
 * than a guess; one that has not run, or failed, counts for nothing. null: nothing.
 */
export function scoreOf({ standing, best, classes }: RunResult): number | null {
  if (standing !== 'done' && standing !== 'diverged') return null;
  if (best !== null) return best.accuracy;
  return standing === 'diverged' && classes !== null ? 1 / classes : null;
}

export interface Mean {
  /** null: no run counts. */
  readonly mean: number | null;
  readonly scores: readonly number[];
  readonly results: readonly RunResult[];
}

export function meanOf(results: readonly RunResult[]): Mean {
  const scores = results.map(scoreOf).filter((score) => score !== null);
  const mean = scores.length === 0 ? null : scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return { mean, scores, results };
}

/** Runs in which the factor at `factor` has that level. */
export function withLevel(results: readonly RunResult[], factor: number, level: string): readonly RunResult[] {
  return results.filter(({ cell }) => cell.levels[factor] === level);
}

export interface Matches {
  readonly better: string;
  readonly worse: string;
  /** Pairs of runs that differ in this factor alone. */
  readonly pairs: number;
  readonly won: number;
  readonly equal: number;
  /** How much `better` is ahead, mean over the pairs. */
  readonly ahead: number;
  /** 95 % interval of that; null: one pair tells nothing of how much pairs differ. */
  readonly between: Interval | null;
}

export interface Effect {
  readonly name: string;
  /** In the order of the grid. */
  readonly levels: readonly (Mean & { readonly level: string })[];
  /** The level with the highest mean against the one with the second highest; null: not two of them count. */
  readonly matches: Matches | null;
}

/** What each factor does to the validation accuracy. */
export function effectsOf({ factors }: Pick<Grid, 'factors'>, results: readonly RunResult[]): readonly Effect[] {
  return factors.map(({ name, levels }, factor) => {
    const means = levels.map((level) => ({ level, ...meanOf(withLevel(results, factor, level)) }));
    const [first, second] = means.filter(({ mean }) => mean !== null).toSorted((a, b) => (b.mean ?? 0) - (a.mean ?? 0));
    const matches =
      first === undefined || second === undefined ? null : matchesOf(results, factor, first.level, second.level);
    return { name, levels: means, matches };
  });
}

/** `better` and `worse` compared pair by pair, so that what else differs between runs says nothing. */
export function matchesOf(
  results: readonly RunResult[],
  factor: number,
  better: string,
  worse: string,
): Matches | null {
  const rest = ({ cell }: RunResult): string => JSON.stringify(cell.levels.toSpliced(factor, 1));
  const others = new Map(withLevel(results, factor, worse).map((result) => [rest(result), scoreOf(result)]));
  const leads = withLevel(results, factor, better).flatMap((result) => {
    const [ours, theirs] = [scoreOf(result), others.get(rest(result)) ?? null];
    return ours === null || theirs === null ? [] : [ours - theirs];
  });
  if (leads.length === 0) return null;
  return {
    better,
    worse,
    pairs: leads.length,
    won: leads.filter((lead) => lead > 0).length,
    equal: leads.filter((lead) => lead === 0).length,
    ahead: leads.reduce((sum, lead) => sum + lead, 0) / leads.length,
    between: meanInterval(leads),
  };
}
