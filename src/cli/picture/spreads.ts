import { BINS, type Inspection, type Spread } from '../../shared/protocol/inspection.ts';
import { html, Markup } from './markup.ts';
import { FONT } from './font.ts';
import { hexOf } from './colours.ts';
import { evenly } from './depth-map.ts';

/** How something is spread, look by look, of each layer that has it. */
export interface Course {
  readonly name: string;
  readonly looks: readonly { readonly step: number; readonly values: Spread }[];
}

const PANEL = { width: 210, height: 104 };
const GAP = { x: 64, y: 46 };
const TOP = 58;
const LEFT = 60;
const ACROSS = 4;
const MOST_PANELS = 24;
const MOST_LOOKS = 20;
/** Rows into which the range of a panel is cut. */
const ROWS = 40;

export function courses(
  inspections: readonly Inspection[],
  of: (inspection: Inspection) => readonly { readonly name: string; readonly values: Spread }[],
): readonly Course[] {
  const names = new Set(inspections.flatMap((inspection) => of(inspection).map(({ name }) => name)));
  return [...names].map((name) => ({
    name,
    looks: inspections.flatMap((inspection) => {
      const values = of(inspection).find((one) => one.name === name)?.values;
      return values === undefined ? [] : [{ step: inspection.step, values }];
    }),
  }));
}

/** A panel for each layer: columns are looks, the height is the value, and the colour how many there are. Null: there is nothing. */
export function spreadsPicture(title: string, all: readonly Course[]): Markup | null {
  const shown = evenly(all, MOST_PANELS).filter(({ looks }) => looks.some(({ values }) => values.count > 0));
  if (shown.length === 0) return null;
  const across = Math.min(ACROSS, shown.length);
  const down = Math.ceil(shown.length / across);
  const width = Math.max(520, LEFT + across * (PANEL.width + GAP.x));
  const height = TOP + down * (PANEL.height + GAP.y) + 8;
  const panels = shown.map((course, index) => {
    const x = LEFT + (index % across) * (PANEL.width + GAP.x);
    const y = TOP + Math.floor(index / across) * (PANEL.height + GAP.y);
    return html`<g transform="translate(${x} ${y})">${panel(course)}</g>`;
  });
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}" ${new Markup(FONT)}><rect width="${width}" height="${height}" fill="#fff"/><text x="12" y="22" font-size="15" font-weight="bold" fill="#16222c">${title}</text><text x="12" y="38" font-size="11.5" fill="#52606c">columns: steps at which it was looked; the lighter, the more values; line: mean</text>${panels}</svg>`;
}

function panel({ name, looks: all }: Course): Markup {
  const looks = evenly(all, MOST_LOOKS);
  const [low, high] = rangeOf(looks.map(({ values }) => values));
  const wide = PANEL.width / looks.length;
  const tall = PANEL.height / ROWS;
  const columns = looks.map(({ values }, column) => {
    const rows = rebinned(values, low, high);
    const most = Math.max(...rows);
    return rows.map((count, row) =>
      count === 0 || most === 0
        ? null
        : html`<rect x="${column * wide}" y="${PANEL.height - (row + 1) * tall}" width="${wide}" height="${tall + 0.3}" fill="${hexOf(Math.sqrt(count / most))}"/>`,
    );
  });
  const at = (value: number): number => PANEL.height * (1 - (value - low) / (high - low));
  const means = looks
    .map(
      ({ values }, column) =>
        `${column === 0 ? 'M' : 'L'}${Math.round((column + 0.5) * wide)} ${Math.round(at(values.mean) * 10) / 10}`,
    )
    .join('');
  const [first, last] = [looks[0]!.step, looks.at(-1)!.step];
  return html`<rect width="${PANEL.width}" height="${PANEL.height}" fill="#2b0033"/>${columns.flat()}<path d="${means}" fill="none" stroke="#fff" stroke-width="1.4"/><text x="0" y="-5" font-size="12" fill="#16222c">${name}</text><text x="-5" y="9" font-size="10" fill="#52606c" text-anchor="end">${brief(high)}</text><text x="-5" y="${PANEL.height}" font-size="10" fill="#52606c" text-anchor="end">${brief(low)}</text><text x="0" y="${PANEL.height + 13}" font-size="10" fill="#52606c">step ${String(first)}</text><text x="${PANEL.width}" y="${PANEL.height + 13}" font-size="10" fill="#52606c" text-anchor="end">${String(last)}</text>`;
}

/** Where most of the values are: single ones far away would press all others flat. */
function rangeOf(spreads: readonly Spread[]): readonly [low: number, high: number] {
  const some = spreads.filter(({ count }) => count > 0);
  const low = Math.min(...some.map(({ min, mean, deviation }) => Math.max(min, mean - 4 * deviation)));
  const high = Math.max(...some.map(({ max, mean, deviation }) => Math.min(max, mean + 4 * deviation)));
  return high > low ? [low, high] : [low - 0.5, low + 0.5];
}

/** The counts by rows of the panel: each bar goes where its middle is. */
function rebinned({ min, max, bins }: Spread, low: number, high: number): readonly number[] {
  const rows = Array<number>(ROWS).fill(0);
  bins.forEach((count, bin) => {
    // A wide bar is laid over all the rows that it covers.
    const [from, to] = [min + (bin * (max - min)) / BINS, min + ((bin + 1) * (max - min)) / BINS];
    const first = Math.floor(((from - low) / (high - low)) * ROWS);
    const last = Math.max(first, Math.ceil(((to - low) / (high - low)) * ROWS) - 1);
    for (let row = Math.max(0, first); row <= Math.min(ROWS - 1, last); row++) rows[row]! += count / (last - first + 1);
    if (first >= ROWS && from <= high) rows[ROWS - 1]! += count;
  });
  return rows;
}

function brief(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) >= 0.01 && Math.abs(value) < 1000 ? value.toFixed(2) : value.toExponential(0);
}
