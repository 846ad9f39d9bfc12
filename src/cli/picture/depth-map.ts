import type { Inspection } from '../../shared/protocol/inspection.ts';
import { html, Markup } from './markup.ts';
import { FONT } from './font.ts';
import { hexOf } from './colours.ts';

/** Powers of ten between which norms are told apart. */
export interface Decades {
  readonly low: number;
  readonly high: number;
  /** Some norms are above `high`, and drawn as that. */
  readonly clipped: boolean;
}

const ROW = 20;
const CELL = 34;
const TOP = 46;
const BOTTOM = 68;
const RIGHT = 20;
const COLUMNS = 24;
const ZERO = '#b9bec3';

/** What lies further apart is as dark, or as light, as can be: a norm that has all but vanished, or exploded, must not make all others look alike. */
const MOST_DECADES = 8;
/** The share of norms that is never above the scale, where they span more than that. */
const USUAL = 0.8;

/** The decades of all norms that are numbers above zero, so that several maps can be compared; null: there is none. */
export function decadesOf(inspections: readonly Inspection[]): Decades | null {
  const logs = inspections
    .flatMap(({ layers }) => layers.map(({ gradient }) => Math.log10(gradient.norm)))
    .filter((log) => Number.isFinite(log));
  if (logs.length === 0) return null;
  const sorted = logs.toSorted((a, b) => a - b);
  const [least, most] = [Math.floor(sorted[0]!), Math.ceil(sorted[sorted.length - 1]!)];
  const usual = Math.ceil(sorted[Math.ceil((sorted.length - 1) * USUAL)]!);
  const end = most - least > MOST_DECADES ? usual : most;
  const low = Math.max(end - MOST_DECADES, least);
  // Never -0.
  const high = Math.max(end, low + 1) + 0;
  return { low, high, clipped: most > high };
}

/**
 * Norms of gradients by depth and step: a row for each layer, the head at the top and what is nearest to the images at the bottom, a column for
 * each look. Grey: exactly zero; a cross: no number. Null: nobody looked.
 */
export function depthMap(inspections: readonly Inspection[], decades = decadesOf(inspections)): Markup | null {
  const looks = evenly(inspections, COLUMNS);
  const names = (looks.at(-1)?.layers ?? []).map(({ name }) => name).toReversed();
  if (names.length === 0 || decades === null) return null;
  const { low, high } = decades;
  const left = 22 + Math.max(...names.map((name) => name.length)) * 7;
  const [width, height] = [Math.max(420, left + looks.length * CELL + RIGHT), TOP + names.length * ROW + BOTTOM];
  const rows = names.map((name, row) => {
    const y = TOP + row * ROW;
    const cells = looks.map(({ step, layers }, column) => {
      const norm = layers.find((layer) => layer.name === name)?.gradient.norm ?? Number.NaN;
      const x = left + column * CELL;
      const fill = norm === 0 ? ZERO : hexOf((Math.log10(norm) - low) / (high - low));
      return html`<g><title>${name}, step ${String(step)}: ${norm.toExponential(1)}</title>${
        Number.isFinite(norm)
          ? html`<rect x="${x}" y="${y}" width="${CELL - 1}" height="${ROW - 1}" fill="${fill}"/>`
          : html`<path d="M${x + 12} ${y + 5}l10 10m0 -10l-10 10" stroke="#9a2a1f"/>`
      }</g>`;
    });
    return html`<text x="${left - 8}" y="${y + 14}" font-size="12" fill="#16222c" text-anchor="end">${name}</text>${cells}`;
  });
  const floor = TOP + names.length * ROW;
  const steps = looks.map(({ step }, column) =>
    column % 2 === 0
      ? html`<text x="${left + column * CELL + CELL / 2}" y="${floor + 15}" font-size="11" fill="#52606c" text-anchor="middle">${String(step)}</text>`
      : null,
  );
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Norm of the gradient by layer and step" ${new Markup(FONT)}><rect width="${width}" height="${height}" fill="#fff"/><text x="12" y="22" font-size="15" font-weight="bold" fill="#16222c">Norm of the gradient by depth</text><text x="12" y="38" font-size="11.5" fill="#52606c">top: the head; bottom: nearest to the images</text>${rows}${steps}${key(left, floor + 32, decades)}</svg>`;
}

function key(x: number, y: number, { low, high, clipped }: Decades): Markup {
  const bars = Array.from(
    { length: 60 },
    (_, index) => html`<rect x="${x + index * 3}" y="${y}" width="3.2" height="10" fill="${hexOf(index / 59)}"/>`,
  );
  return html`${bars}<text x="${x}" y="${y + 24}" font-size="11" fill="#52606c">1e${String(low)}</text><text x="${x + 180}" y="${y + 24}" font-size="11" fill="#52606c" text-anchor="end">${clipped ? '≥ ' : ''}1e${String(high)}</text><rect x="${x + 200}" y="${y}" width="12" height="10" fill="${ZERO}"/><text x="${x + 217}" y="${y + 9}" font-size="11" fill="#52606c">zero</text><text x="${x + 90}" y="${y + 24}" font-size="11" fill="#52606c" text-anchor="middle">step: columns</text>`;
}

/** At most so many of a list, evenly, with the first and the last. */
export function evenly<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, index) => list[Math.round((index * (list.length - 1)) / (most - 1))]!);
}
