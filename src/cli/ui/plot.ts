import type { EpochFigures, Figures } from './epochs.ts';
import { lossText, percentText } from './text.ts';

/** Rows of a panel; each character has four dots above each other and two beside. */
const ROWS = 6;
const LABEL = 9;
const GAP = '   ';
/** Narrower than this shows nothing. */
const LEAST_COLUMNS = 40;
/** Wider than this only draws the eye from left to right. */
const MOST_PANEL = 58;
/** A first loss far above all others would press these flat: the scale ends at so many medians. */
const MOST_MEDIANS = 6;

/** Loss and accuracy by epochs, in characters; no lines where there is nothing to see, or no room. */
export function plotLines(epochs: readonly EpochFigures[], columns: number): readonly string[] {
  if (epochs.length < 2 || columns < LEAST_COLUMNS) return [];
  const beside = columns >= 2 * LEAST_COLUMNS;
  const width = Math.min(MOST_PANEL, beside ? Math.floor((columns - GAP.length) / 2) : columns);
  const panel = (title: string, of: keyof Figures, text: (value: number) => string): readonly string[] =>
    panelLines(title, epochs, { of, text, width });
  const loss = panel('loss', 'loss', lossText);
  const accuracy = panel('accuracy', 'accuracy', percentText);
  const legend = `${' '.repeat(LABEL)} ━ validation  ┅ training`;
  const rows = beside
    ? loss.map((line, row) => `${line.padEnd(width)}${GAP}${accuracy[row]!}`)
    : [...loss, ...accuracy];
  return [...rows.map((line) => line.trimEnd()), legend];
}

interface PanelOptions {
  readonly of: keyof Figures;
  readonly text: (value: number) => string;
  readonly width: number;
}

function panelLines(
  title: string,
  epochs: readonly EpochFigures[],
  { of, text, width }: PanelOptions,
): readonly string[] {
  const valuesOf = (series: 'training' | 'validation') => epochs.map((one) => one[series]?.[of] ?? Number.NaN);
  const training = valuesOf('training');
  const validation = valuesOf('validation');
  const shown = [...training, ...validation].filter(Number.isFinite);
  const [low, high] = scaleOf(shown);
  const more = shown.some((value) => value > high) ? '>' : '';
  const cells = new Cells(width - LABEL - 1, ROWS);
  cells.draw(training, low, high, (x) => x % 4 < 2);
  cells.draw(validation, low, high, () => true);
  const label = (row: number): string => (row === 0 ? `${more}${text(high)}` : row === ROWS - 1 ? text(low) : '');
  const first = `epoch ${epochs[0]!.epoch + 1}`;
  const last = String(epochs[epochs.length - 1]!.epoch + 1);
  return [
    `${' '.repeat(LABEL)} ${title}`,
    ...cells.lines().map((line, row) => `${label(row).slice(0, LABEL).padStart(LABEL)} ${line}`),
    `${' '.repeat(LABEL)} ${first}${last.padStart(width - LABEL - 1 - first.length)}`,
  ];
}

function scaleOf(values: readonly number[]): readonly [low: number, high: number] {
  if (values.length === 0) return [0, 1];
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[0]!;
  const high = Math.min(
    sorted[sorted.length - 1]!,
    Math.max(MOST_MEDIANS * sorted[Math.floor(sorted.length / 2)]!, low),
  );
  return high > low ? [low, high] : [low, low + (Math.abs(low) || 1)];
}

/** The eight dots of a character, by row and column. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** A grid of dots. */
class Cells {
  readonly #columns: number;
  readonly #rows: number;
  readonly #bits: Uint8Array;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
    this.#bits = new Uint8Array(columns * rows);
  }

  /** A line through the values, evenly spaced; those that are no numbers are passed over. `inked`: at which dots it is drawn. */
  draw(values: readonly number[], low: number, high: number, inked: (x: number) => boolean): void {
    const last = 2 * this.#columns - 1;
    const bottom = 4 * this.#rows - 1;
    let from: readonly [number, number] | null = null;
    for (const [index, value] of values.entries()) {
      if (!Number.isFinite(value)) continue;
      const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
      const to = [
        Math.round((index / Math.max(1, values.length - 1)) * last),
        Math.round((1 - share) * bottom),
      ] as const;
      this.#line(from ?? to, to, inked);
      from = to;
    }
  }

  #line([x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number], inked: (x: number) => boolean): void {
    const steps = Math.max(1, Math.abs(x1 - x0), Math.abs(y1 - y0));
    for (let i = 0; i <= steps; i++) {
      const x = Math.round(x0 + ((x1 - x0) * i) / steps);
      const y = Math.round(y0 + ((y1 - y0) * i) / steps);
      if (inked(x)) this.#bits[(y >> 2) * this.#columns + (x >> 1)]! |= DOTS[y & 3]![x & 1]!;
    }
  }

  lines(): readonly string[] {
    return Array.from({ length: this.#rows }, (_, row) =>
      Array.from(this.#bits.subarray(row * this.#columns, (row + 1) * this.#columns), (bits) =>
        bits === 0 ? ' ' : String.fromCodePoint(0x2800 + bits),
      ).join(''),
    );
  }
}
