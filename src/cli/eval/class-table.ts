import { type Cell, type ClassScore, type MeanScore, matrixOf, mixUps, undecidedIn } from './confusion.ts';
import { columns } from '../ui/columns.ts';
import { countText, plural } from '../../shared/plural.ts';
import { percentText } from '../ui/text.ts';

/** More classes than these make a matrix that no terminal is wide enough for. */
const WIDEST_MATRIX = 20;
const MOST_MIX_UPS = 15;
/** Longer names would make the columns of the matrix wide: they are numbered instead. */
const LONGEST_HEAD = 6;

/** How good the decisions for each class are. */
export function scoreLines(scores: readonly ClassScore[], mean: MeanScore): readonly string[] {
  const row = (name: string, { precision, recall, f1 }: MeanScore, support: number): readonly string[] => [
    name,
    shareText(precision),
    shareText(recall),
    shareText(f1),
    countText(support),
  ];
  const total = scores.reduce((sum, { support }) => sum + support, 0);
  return columns([
    ['class', 'precision', 'recall', 'F1', 'samples'],
    ...scores.map((score) => row(score.name, score, score.support)),
    row('mean', mean, total),
  ]);
}

function shareText(share: number | null): string {
  return share === null ? '-' : percentText(share);
}

/** What was taken for what: a matrix, or with many classes the most frequent mistakes. */
export function confusionLines(cells: readonly Cell[], classes: readonly string[]): readonly string[] {
  const lines = classes.length <= WIDEST_MATRIX ? matrixLines(cells, classes) : mixUpLines(cells, classes);
  const undecided = undecidedIn(cells);
  if (undecided === 0) return lines;
  return [...lines, '', `For ${plural(undecided, 'sample')} the model's outputs are no numbers: it has diverged.`];
}

function matrixLines(cells: readonly Cell[], classes: readonly string[]): readonly string[] {
  const numbered = classes.some((name) => Array.from(name).length > LONGEST_HEAD);
  const heads = classes.map((name, index) => (numbered ? `(${index + 1})` : name));
  const names = classes.map((name, index) => (numbered ? `(${index + 1}) ${name}` : name));
  const rows = matrixOf(cells, classes.length).map((row, index) => [
    names[index]!,
    // Where most cells are empty, dots let the others stand out.
    ...row.map((count) => (count === 0 ? '.' : String(count))),
  ]);
  return ['Rows: what samples are. Columns: what they were taken for.', ...columns([['', ...heads], ...rows])];
}

function mixUpLines(cells: readonly Cell[], classes: readonly string[]): readonly string[] {
  const found = mixUps(cells).filter(({ decided }) => decided >= 0);
  if (found.length === 0) return ['No class was taken for another one.'];
  const shown = found.slice(0, MOST_MIX_UPS);
  const rows = shown.map(({ actual, decided, count }) => [classes[actual]!, classes[decided]!, String(count)]);
  const more = found.length - shown.length;
  return [
    ...columns([['is', 'taken for', 'times'], ...rows], 2),
    ...(more > 0 ? [`and ${countText(more)} more pairs: --json has the whole matrix`] : []),
  ];
}
