import { html, Markup } from '../picture/markup.ts';
import { FONT } from '../picture/font.ts';
import { styleOf } from '../sweep/report/palette.ts';
import { linearScale, logScale, type Scale } from '../sweep/report/scale.ts';

/** A line of a plot. Where a value is no number the line has a gap. */
export interface PlotLine {
  readonly name: string;
  readonly points: readonly { readonly step: number; readonly value: number }[];
  /** Each value is a measurement, and marked. */
  readonly marked: boolean;
  /** From the lowest to the highest of the steps that a point stands for; left out: it stands for one. */
  readonly band?: readonly { readonly step: number; readonly low: number; readonly high: number }[];
}

export interface PlotOptions {
  readonly title: string;
  /** Of the vertical axis. */
  readonly axis: string;
  readonly lines: readonly PlotLine[];
  /** Values above are cut off; left out: none. */
  readonly high?: number;
  readonly log?: boolean;
  /** The axis is in percent. */
  readonly percent?: boolean;
}

const WIDTH = 760;
const HEIGHT = 380;
const LEFT = 70;
/** Half of the label of the last step, which may stand at the edge, has room here. */
const RIGHT = 28;
const TOP = 42;
const BOTTOM = 46;

/**
 * A plot as a picture of its own: nothing of its look lies in a style sheet, so that it looks the same in a page, a thesis, and as
 * pixels. Null: there is nothing to draw.
 */
export function plot(options: PlotOptions): Markup | null {
  const { title, axis, log = false, percent = false } = options;
  // What was never measured has no place in the key.
  const lines = options.lines.filter(({ points }) => points.some(({ value }) => Number.isFinite(value)));
  const values = lines.flatMap(({ points }) => points.map(({ value }) => value)).filter(Number.isFinite);
  const usable = log ? values.filter((value) => value > 0) : values;
  if (usable.length === 0) return null;
  const steps = lines.flatMap(({ points }) => points.map(({ step }) => step));
  const [wide, tall] = [WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
  const [first, last] = [least(steps), most(steps)];
  const x = linearScale([first, last === first ? first + 1 : last], [0, wide], 8, true);
  const low = least(usable);
  const high = Math.max(low, Math.min(most(usable), options.high ?? Number.POSITIVE_INFINITY));
  const y = yScale(low, high, tall, log);
  // There is room above 100 %, and no share.
  const marks = percent ? y.ticks.filter(({ label }) => Number(label) <= 1) : y.ticks;
  const grid = marks.map(
    ({ at, label }) =>
      html`<path d="M0 ${at}H${wide}" stroke="#e3e7ea"/><text x="-8" y="${at + 4}" font-size="12" fill="#52606c" text-anchor="end">${percent ? percentLabel(label) : label}</text>`,
  );
  const below = x.ticks.map(
    ({ at, label }) =>
      html`<path d="M${at} ${tall}v4" stroke="#8a959e"/><text x="${at}" y="${tall + 18}" font-size="12" fill="#52606c" text-anchor="middle">${label}</text>`,
  );
  const drawn = lines.map((line, index) => drawLine(line, styleOf(index).color, x, y));
  const words = `${title}: ${lines.map(({ name }) => name).join(', ')} by step`;
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${words}" ${new Markup(FONT)}><rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/><text x="${LEFT}" y="22" font-size="15" font-weight="bold" fill="#16222c">${title}</text>${key(lines)}<g transform="translate(${LEFT} ${TOP})">${grid}${below}<clipPath id="frame"><rect x="-1" y="-1" width="${wide + 2}" height="${tall + 2}"/></clipPath><g clip-path="url(#frame)">${drawn}</g><rect width="${wide}" height="${tall}" fill="none" stroke="#b9c2c9"/><text x="${wide / 2}" y="${tall + 38}" font-size="13" fill="#16222c" text-anchor="middle">step</text><text transform="translate(${-LEFT + 16} ${tall / 2}) rotate(-90)" font-size="13" fill="#16222c" text-anchor="middle">${axis}</text></g></svg>`;
}

/** Of several plots in one page, each with a name of its own for its frame. */
export function withOwnIds(svg: string, name: string): string {
  return svg.replaceAll('id="frame"', `id="${name}"`).replaceAll('url(#frame)', `url(#${name})`);
}

function yScale(low: number, high: number, tall: number, log: boolean): Scale {
  if (log) return logScale([low / 1.1, high * 1.1], [tall, 0]);
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return linearScale([low >= 0 ? Math.max(0, low - room) : low - room, high + room], [tall, 0], 6);
}

function percentLabel(label: string): string {
  return `${Math.round(Number(label) * 1000) / 10} %`;
}

function key(lines: readonly PlotLine[]): Markup {
  let right = WIDTH - RIGHT;
  const items = lines
    .map(({ name }, index) => ({ name, color: styleOf(index).color }))
    .toReversed()
    .map(({ name, color }) => {
      // Letters are about so wide.
      right -= name.length * 6.6 + 36;
      return html`<path d="M${right} 18h20" stroke="${color}" stroke-width="2.5"/><text x="${right + 26}" y="22" font-size="12.5" fill="#16222c">${name}</text>`;
    });
  return html`${items}`;
}

function drawLine({ points, marked, band = [] }: PlotLine, color: string, x: Scale, y: Scale): Markup {
  const area =
    band.length === 0
      ? null
      : html`<path d="${pathOf(band.map(({ step, high }) => [x.at(step), y.at(high)]))}${pathOf(band.toReversed().map(({ step, low }) => [x.at(step), y.at(low)])).replace('M', 'L')}Z" fill="${color}" opacity="0.18"/>`;
  const parts: (readonly [number, number])[][] = [[]];
  for (const { step, value } of points) {
    if (Number.isFinite(value)) parts[parts.length - 1]!.push([x.at(step), y.at(value)]);
    else parts.push([]);
  }
  // A value without neighbors is no line, and would not be seen.
  const alone = parts
    .filter((part) => part.length === 1)
    .map(([point]) => html`<circle cx="${point![0]}" cy="${point![1]}" r="2" fill="${color}"/>`);
  const paths = parts
    .filter((part) => part.length > 1)
    .map(
      (part) =>
        html`<path d="${pathOf(part)}" fill="none" stroke="${color}" stroke-width="1.8" stroke-linejoin="round"/>`,
    );
  const marks =
    marked && points.length <= 60
      ? parts.flat().map(([left, top]) => html`<circle cx="${left}" cy="${top}" r="3" fill="${color}"/>`)
      : [];
  return html`${area}${paths}${alone}${marks}`;
}

function pathOf(points: readonly (readonly [number, number])[]): string {
  return points.map(([left, top], index) => `${index === 0 ? 'M' : 'L'}${tenths(left)} ${tenths(top)}`).join('');
}

function tenths(n: number): number {
  return Math.round(n * 10) / 10;
}

/** Math.min takes only so many arguments. */
function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}
