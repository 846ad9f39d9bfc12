import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { Frame } from '../shared/frame.ts';
import { aloneIn } from './alone.ts';
import { rowsOf, rowsText, summaryOf } from './summary.ts';

/** A line of a chart. */
export interface Line {
  readonly name: string;
  /** A custom property of the style sheet, or a color. */
  readonly color: string;
  readonly steps: readonly number[];
  readonly values: readonly (number | null)[];
  /** Each value is a measurement, and marked. */
  readonly marked?: boolean;
  /** Behind another one, of which it is the raw form. */
  readonly faint?: boolean;
  readonly dash?: readonly number[];
}

export interface PlotOptions {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Null: there is nothing to draw. */
  readonly frame: Frame | null;
  readonly log?: boolean;
  /** A value with its unit, for axis, summary and table. */
  readonly written: (value: number) => string;
  readonly zoom: Zoom | null;
  readonly onZoom: (zoom: Zoom | null) => void;
  readonly note?: string | undefined;
}

/** Steps that are looked at. */
export interface Zoom {
  readonly from: number;
  readonly to: number;
}

const HEIGHT = 220;
/** Between marks at the axis of steps: there is no step 1.2. */
const WHOLE = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();
const ROWS = 20;
/** More would only hide the line. */
const MOST_MARKS = 80;
/** uPlot's names of them are no values at run time. */
const LINEAR = 1;
const LOGARITHMIC = 3;

export function Plot(options: PlotOptions) {
  const { title, lines, written, note } = options;
  const told = lines.filter(({ faint }) => faint !== true);
  const summary = summaryOf(title, told, written);
  return (
    <figure class="card plot">
      <figcaption>
        <h3>{title}</h3>
        <ul class="key">
          {told.map(({ name, color, dash }) => (
            <li key={name}>
              <svg width="22" height="8" aria-hidden="true">
                <path d="M0 4H22" stroke={colorOf(color)} stroke-width="2.5" stroke-dasharray={dash?.join(' ')} />
              </svg>
              <bdi>{name}</bdi>
            </li>
          ))}
        </ul>
      </figcaption>
      <Canvas {...options} label={summary} />
      {note === undefined ? null : <p class="note">{note}</p>}
      <Figures {...options} told={told} summary={summary} />
    </figure>
  );
}

function Figures({
  title,
  told,
  written,
  summary,
}: PlotOptions & { readonly told: readonly Line[]; readonly summary: string }) {
  const [open, setOpen] = useState(false);
  const all = new Set(told.flatMap(({ steps }) => steps)).size;
  // Of several runs each has a part of them.
  const rows = open ? rowsOf(told, Math.max(5, Math.ceil((2 * ROWS) / Math.max(2, told.length)))) : [];
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{title} in words and figures</summary>
      <p>{summary}</p>
      <div class="scroll" tabIndex={0} role="region" aria-label={`${title}, figures`}>
        <table>
          <caption>{rowsText(rows.length, all)}</caption>
          <thead>
            <tr>
              <th scope="col">step</th>
              {told.map(({ name }) => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([step, ...values]) => (
              <tr key={step}>
                <th scope="row">{step}</th>
                {values.map((value, index) => (
                  <td key={index}>{value === null ? '–' : written(value)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Canvas({ lines, frame, log = false, written, zoom, onZoom, label }: PlotOptions & { readonly label: string }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ frame, zoom, onZoom, log });
  latest.current = { frame, zoom, onZoom, log };
  const [scheme, setScheme] = useState(0);
  // Another plot where there are other lines; otherwise only its values change.
  const kind = JSON.stringify([
    log,
    scheme,
    lines.map(({ name, color, marked, faint, dash, steps }) => [
      name,
      color,
      marked,
      faint,
      dash,
      steps.length <= MOST_MARKS,
    ]),
  ]);

  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const turn = (): void => setScheme((n) => n + 1);
    dark.addEventListener('change', turn);
    return () => dark.removeEventListener('change', turn);
  }, []);

  useEffect(() => {
    const element = place.current!;
    const style = getComputedStyle(document.documentElement);
    const color = (name: string): string => (name.startsWith('--') ? style.getPropertyValue(name).trim() : name);
    const axis = {
      stroke: color('--soft'),
      grid: { stroke: color('--grid'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
    };
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
        scales: {
          x: {
            time: false,
            range: (_, low, high) => {
              const { zoom: now } = latest.current;
              if (now !== null) return [now.from, now.to];
              return low === high ? [low - 0.5, high + 0.5] : [low, high];
            },
          },
          y: {
            // oxlint-disable-next-line typescript/no-unsafe-enum-assignment
            distr: log ? LOGARITHMIC : LINEAR,
            range: (_, low, high) => rangeOf(latest.current.frame ?? { low, high, clipped: false }, log),
          },
        },
        axes: [
          { ...axis, size: 30, space: 60, incrs: WHOLE },
          {
            ...axis,
            size: 62,
            space: 28,
            values: (_, splits) => splits.map((split) => (split === null ? '' : written(split))),
          },
        ],
        series: [
          {},
          ...lines.map(({ name, color: line, marked, faint, dash, steps }) => ({
            label: name,
            stroke: faint === true ? `${color(line)}55` : color(line),
            width: faint === true ? 1 : 2,
            spanGaps: marked === true,
            points:
              marked === true && steps.length <= MOST_MARKS
                ? { show: true, size: 6, fill: color(line) }
                : faint === true
                  ? { show: false }
                  : { show: true, size: 4, fill: color(line), filter: onlyAlone },
            ...(dash === undefined ? {} : { dash: [...dash] }),
          })),
        ],
        hooks: {
          setSelect: [
            (self) => {
              const { left, width } = self.select;
              if (width < 4) return;
              const [from, to] = [self.posToVal(left, 'x'), self.posToVal(left + width, 'x')];
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              latest.current.onZoom({ from: Math.floor(from), to: Math.ceil(to) });
            },
          ],
          setCursor: [(self) => readOut(self, lines, written)],
        },
      },
      dataOf(lines),
      element,
    );
    made.over.addEventListener('dblclick', () => latest.current.onZoom(null));
    const words = document.createElement('div');
    words.className = 'readout';
    made.over.append(words);
    plot.current = made;
    const fit = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    fit.observe(element);
    return () => {
      fit.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [kind]);

  useEffect(() => {
    plot.current?.setData(dataOf(lines));
  }, [lines, zoom, frame]);

  return <div class="canvas" ref={place} role="img" aria-label={label} />;
}

function onlyAlone(plot: uPlot, series: number): number[] {
  return aloneIn(plot.data[series]!);
}

/** What the lines are at the step under the pointer. */
function readOut(plot: uPlot, lines: readonly Line[], written: (value: number) => string): void {
  const words = plot.over.querySelector('.readout');
  if (words === null) return;
  const index = plot.cursor.idx ?? null;
  if (index === null) {
    words.textContent = '';
    return;
  }
  const said = lines.flatMap(({ name, faint }, n) => {
    const value = plot.data[n + 1]?.[index] ?? null;
    return value === null || faint === true ? [] : [`${name} ${written(value)}`];
  });
  words.textContent = `step ${plot.data[0][index]}: ${said.join(', ')}`;
}

function rangeOf({ low, high }: Frame, log: boolean): [number, number] {
  if (log) return [Math.max(low, 1e-12) / 1.1, Math.max(high, 1e-12) * 1.1];
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

/** All lines by the steps of all of them. */
function dataOf(lines: readonly Line[]): uPlot.AlignedData {
  const steps = [...new Set(lines.flatMap((line) => line.steps))].toSorted((a, b) => a - b);
  const place = new Map(steps.map((step, index) => [step, index]));
  const columns = lines.map((line) => {
    // Between the points of another line there is nothing of this one; a gap is one that it has itself.
    const column: (number | null | undefined)[] = steps.map(() => undefined);
    line.steps.forEach((step, index) => {
      column[place.get(step)!] = line.values[index] ?? null;
    });
    return column;
  });
  return [steps, ...columns] as uPlot.AlignedData;
}

function colorOf(name: string): string {
  return name.startsWith('--') ? `var(${name})` : name;
}
