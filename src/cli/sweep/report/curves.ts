import { lossText, percentText } from '../../ui/text.ts';
import type { RunResult } from '../results/result.ts';
import { shortened } from './heat-maps.ts';
import { cross, mark } from './mark.ts';
import { html, type Markup } from '../../picture/markup.ts';
import { type Style, styleOf } from './palette.ts';
import type { Arrangement, Block } from './panels.ts';
import { accuracyScale, linearScale, logScale, type Scale } from './scale.ts';

const WIDTH = 1040;
const GAP = 14;
const LEFT = 52;
/** For the names of the rows. */
const RIGHT = 26;
const TOP = 24;
const BOTTOM = 34;
const MOST_COLUMNS = 6;

interface Line {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Points are marked where each is a measurement. */
  readonly marked: boolean;
  /** Whether the line ends where the values left the numbers. */
  readonly broken: boolean;
  readonly title: string;
}

interface Kind {
  readonly name: string;
  readonly height: number;
  /** The vertical axis, for a frame of that height. */
  readonly scale: (height: number) => Scale;
  readonly line: (result: RunResult, x: Scale, y: Scale) => Line;
}

export function accuracyCurves(arrangement: Arrangement, results: readonly RunResult[]): readonly Markup[] {
  const values = results.flatMap(({ evaluations }) => evaluations.map(({ accuracy }) => accuracy));
  if (values.length === 0) return [];
  return drawn(arrangement, results, {
    name: 'Validation accuracy',
    height: 132,
    scale: (height) => accuracyScale(values, [height, 0]),
    line: ({ cell, evaluations, best }, x, y) => ({
      points: evaluations.map(({ step, accuracy }) => ({ x: x.at(step), y: y.at(accuracy) })),
      marked: true,
      broken: false,
      title: `${cell.label}: best ${best === null ? '–' : percentText(best.accuracy)}`,
    }),
  });
}

/** The highest loss that is drawn: a run on its way to infinity must not press the others flat. */
export function highestLoss(results: readonly RunResult[]): { readonly drawn: number; readonly clipped: boolean } {
  const highest = Math.max(
    0,
    ...results.flatMap(({ losses }) => losses.map(({ value }) => value).filter(Number.isFinite)),
  );
  const classes = Math.max(2, ...results.map((result) => result.classes ?? 0));
  const most = Math.log(classes) * 4;
  return { drawn: Math.min(highest, most), clipped: highest > most };
}

export function lossCurves(arrangement: Arrangement, results: readonly RunResult[]): readonly Markup[] {
  const values = results
    .flatMap(({ losses }) => losses.map(({ value }) => value))
    .filter((value) => Number.isFinite(value) && value > 0);
  if (values.length === 0) return [];
  const [low, high] = [Math.min(...values), highestLoss(results).drawn];
  return drawn(arrangement, results, {
    name: 'Training loss',
    height: 132,
    scale: (height) => logScale([Math.max(low / 1.1, 1e-6), high * 1.15], [height, 0]),
    line: ({ cell, losses, standing }, x, y) => {
      const finite = losses.filter(({ value }) => Number.isFinite(value));
      return {
        points: finite.map(({ step, value }) => ({ x: x.at(step), y: y.at(value) })),
        marked: false,
        broken: standing === 'diverged' || finite.length < losses.length,
        title: `${cell.label}: ${lossText(finite.at(-1)?.value ?? Number.NaN)} at the end`,
      };
    },
  });
}

function drawn(
  { blocks, color, colorIndex, column, row }: Arrangement,
  results: readonly RunResult[],
  kind: Kind,
): readonly Markup[] {
  const steps = Math.max(1, ...results.map((result) => result.steps));
  const styleFor = (result: RunResult): Style =>
    styleOf(Math.max(0, color.levels.indexOf(result.cell.levels[colorIndex] ?? '')));
  return blocks.map((block) => {
    const title = block.title === '' ? null : html`<h4>${block.title}</h4>`;
    return html`${title}${frames(block, kind, steps, styleFor, { column: column?.name ?? '', row: row?.name ?? '' })}`;
  });
}

function frames(
  block: Block,
  kind: Kind,
  steps: number,
  styleFor: (result: RunResult) => Style,
  names: { readonly column: string; readonly row: string },
): Markup {
  const { columns, rows, panels } = block;
  const shown = Math.min(columns.length, MOST_COLUMNS);
  const wide = (WIDTH - LEFT - RIGHT - GAP * (shown - 1)) / shown;
  const width = LEFT + RIGHT + columns.length * (wide + GAP) - GAP;
  const tall = rows.length === 1 ? kind.height * 1.6 : kind.height;
  const height = TOP + rows.length * (tall + GAP) - GAP + BOTTOM;
  const x = linearScale([0, steps * 1.02], [0, wide], wide < 200 ? 3 : 5);
  const y = kind.scale(tall);
  const bodies = panels.map((panelRow, r) =>
    panelRow.map(({ results }, c) => {
      const lines = results.map((result) => line(kind.line(result, x, y), styleFor(result)));
      const frame = html`<rect width="${wide}" height="${tall}" class="frame"/>${y.ticks.map(({ at }) => html`<line x1="0" x2="${wide}" y1="${at}" y2="${at}" class="grid"/>`)}${
        c === 0
          ? y.ticks.map(
              ({ at, label }) => html`<text x="-8" y="${at + 4}" class="tick" text-anchor="end">${label}</text>`,
            )
          : null
      }${
        r === rows.length - 1
          ? x.ticks.map(
              ({ at, label }) =>
                html`<text x="${at}" y="${tall + 15}" class="tick" text-anchor="middle">${label}</text>`,
            )
          : null
      }`;
      return html`<g transform="translate(${LEFT + c * (wide + GAP)} ${TOP + r * (tall + GAP)})">${frame}${lines}</g>`;
    }),
  );
  const columnNames = columns.map(
    (level, c) =>
      html`<text x="${LEFT + c * (wide + GAP) + wide / 2}" y="${TOP - 8}" class="level" text-anchor="middle">${level === '' ? '' : `${names.column} ${shortened(level, 24)}`}</text>`,
  );
  const rowNames = rows.map((level, r) => {
    const at = { x: width - RIGHT + 16, y: TOP + r * (tall + GAP) + tall / 2 };
    return html`<text transform="translate(${at.x} ${at.y}) rotate(90)" class="level" text-anchor="middle">${level === '' ? '' : shortened(`${names.row} ${level}`, 22)}</text>`;
  });
  const axis = html`<text x="${LEFT + (width - LEFT - RIGHT) / 2}" y="${height - 3}" class="tick" text-anchor="middle">steps</text>`;
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${kind.name} by step">${columnNames}${rowNames}${bodies.flat()}${axis}</svg>`;
}

function line({ points, marked, broken, title }: Line, style: Style): Markup {
  const last = points.at(-1);
  if (last === undefined) return html``;
  const path = points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${coordinate(x)} ${coordinate(y)}`).join('');
  const dash = style.dash === '' ? null : html` stroke-dasharray="${style.dash}"`;
  const ends = marked && points.length <= 24 ? points : [last];
  return html`<g><title>${title}</title><path d="${path}" fill="none" stroke="${style.color}" stroke-width="1.75" stroke-linejoin="round"${dash}/>${
    broken ? cross(last.x, last.y, 4.5, style.color) : ends.map(({ x, y }) => mark(style, x, y, 2.6))
  }</g>`;
}

function coordinate(n: number): string {
  return String(Math.round(n * 10) / 10);
}

/** Which color and shape is which level. */
export function legend({ color }: Arrangement): Markup {
  const items = color.levels.map((level, index) => {
    const style = styleOf(index);
    const dash = style.dash === '' ? null : html` stroke-dasharray="${style.dash}"`;
    return html`<span class="key"><svg width="30" height="12" aria-hidden="true"><path d="M1 6H29" stroke="${style.color}" stroke-width="2"${dash}/>${mark(style, 15, 6, 3.4)}</svg>${level}</span>`;
  });
  return html`<p class="legend"><span class="by">${color.name}</span>${items}</p>`;
}
