import { useMemo, useState } from 'preact/hooks';
import type { RunView } from '../coordinator/view/view.ts';
import { type Frame, lossFrame, usualFrame, wholeFrame } from '../shared/frame.ts';
import { type Line, Plot, type Zoom } from './plot.tsx';
import { smoothed } from './smoothing.ts';
import { count, figure, percent } from './text.ts';

const COLORS = ['#3987d6', '#d97706', '#0f9d76', '#c0529b', '#8f7000', '#7a63c8', '#c2553c', '#5f7a86'];

/** Of more runs than have one, each has a hue of its own, far from that of the one before. */
function colorAt(index: number): string {
  return COLORS[index] ?? `hsl(${Math.round(index * 137.5) % 360} 55% 50%)`;
}

interface Look {
  readonly smoothing: number;
  readonly log: boolean;
  readonly whole: boolean;
}

/** The curves of a run, or of several laid over each other. */
export function Charts({ runs }: { readonly runs: readonly RunView[] }) {
  const [look, setLook] = useState<Look>({ smoothing: 0.6, log: false, whole: false });
  const [zoom, setZoom] = useState<Zoom | null>(null);
  return (
    <section aria-labelledby="curves">
      <h2 id="curves">Curves</h2>
      <Tools look={look} setLook={setLook} zoom={zoom} setZoom={setZoom} runs={runs} />
      <div class="plots">
        <Drawn runs={runs} look={look} zoom={zoom} setZoom={setZoom} />
      </div>
    </section>
  );
}

interface ToolsOptions {
  readonly runs: readonly RunView[];
  readonly look: Look;
  readonly setLook: (look: Look) => void;
  readonly zoom: Zoom | null;
  readonly setZoom: (zoom: Zoom | null) => void;
}

function Tools({ runs, look, setLook, zoom, setZoom }: ToolsOptions) {
  const last = Math.max(1, ...runs.map(({ run }) => run.step));
  const bound = (text: string, usual: number): number => (text === '' ? usual : Number(text));
  const zoomTo = (from: number, to: number): void => setZoom(from < to ? { from, to } : null);
  return (
    <div class="tools">
      <label>
        Smoothing <output>{look.smoothing.toFixed(2)}</output>
        <input
          type="range"
          min="0"
          max="0.99"
          step="0.01"
          value={look.smoothing}
          onInput={(event) => setLook({ ...look, smoothing: Number(event.currentTarget.value) })}
        />
      </label>
      <label>
        <input type="checkbox" checked={look.log} onChange={() => setLook({ ...look, log: !look.log })} /> logarithmic
        loss
      </label>
      <label>
        <input type="checkbox" checked={look.whole} onChange={() => setLook({ ...look, whole: !look.whole })} /> spikes
        whole
      </label>
      <label>
        from step{' '}
        <input
          type="number"
          min="0"
          max={last}
          value={zoom?.from ?? ''}
          placeholder="0"
          onChange={(event) => zoomTo(bound(event.currentTarget.value, 0), zoom?.to ?? last)}
        />
      </label>
      <label>
        to step{' '}
        <input
          type="number"
          min="0"
          max={last}
          value={zoom?.to ?? ''}
          placeholder={String(last)}
          onChange={(event) => zoomTo(zoom?.from ?? 0, bound(event.currentTarget.value, last))}
        />
      </label>
      <button type="button" disabled={zoom === null} onClick={() => setZoom(null)}>
        All steps
      </button>
    </div>
  );
}

interface DrawnOptions {
  readonly runs: readonly RunView[];
  readonly look: Look;
  readonly zoom: Zoom | null;
  readonly setZoom: (zoom: Zoom | null) => void;
}

function Drawn({ runs, look, zoom, setZoom }: DrawnOptions) {
  const { smoothing, log, whole } = look;
  const lines = useMemo(() => linesOf(runs, smoothing), [runs, smoothing]);
  const classes = Math.max(2, ...runs.map(({ run }) => run.dataset.classes.length));
  const inView = (some: readonly Line[]): readonly (number | null)[] =>
    some.flatMap(({ steps, values }) =>
      zoom === null ? values : values.filter((_, index) => steps[index]! >= zoom.from && steps[index]! <= zoom.to),
    );
  const losses = inView(lines.loss);
  const positive = losses.filter((loss) => loss !== null && (!log || loss > 0));
  const frame = whole || log ? wholeFrame(positive) : lossFrame(positive, classes);
  const norms = inView(lines.norm);
  const normFrame = whole ? wholeFrame(norms) : usualFrame(norms);
  const shared = { zoom, onZoom: setZoom };
  return (
    <>
      <Plot title="Loss" lines={lines.loss} frame={frame} log={log} written={figure} note={noteOf(frame)} {...shared} />
      <Plot
        title="Accuracy"
        lines={lines.accuracy}
        frame={wholeFrame(inView(lines.accuracy))}
        written={shareText}
        {...shared}
      />
      <Plot
        title="Learning rate"
        lines={lines.rate}
        frame={wholeFrame(inView(lines.rate))}
        written={figure}
        {...shared}
      />
      <Plot
        title="Throughput, images per second"
        lines={lines.throughput}
        frame={wholeFrame([0, ...inView(lines.throughput)])}
        written={count}
        {...shared}
      />
      <Plot
        title="Gradient norm"
        lines={lines.norm}
        frame={normFrame}
        written={figure}
        note={noteOf(normFrame)}
        {...shared}
      />
    </>
  );
}

/** There is room above 100 %, and nothing to be written there. */
function shareText(share: number): string {
  return share > 1 ? '' : percent(share);
}

/** What is cut off is said. */
function noteOf(frame: Frame | null): string | undefined {
  return frame?.clipped === true ? 'Some steps are above this frame: "spikes whole" shows them.' : undefined;
}

interface Lines {
  readonly loss: readonly Line[];
  readonly accuracy: readonly Line[];
  readonly rate: readonly Line[];
  readonly throughput: readonly Line[];
  readonly norm: readonly Line[];
}

function linesOf(runs: readonly RunView[], smoothing: number): Lines {
  const all = runs.map((view, index) => ofRun(view, smoothing, runs.length === 1 ? null : colorAt(index)));
  return {
    loss: all.flatMap(({ loss }) => loss),
    accuracy: all.flatMap(({ accuracy }) => accuracy),
    rate: all.flatMap(({ rate }) => rate),
    throughput: all.flatMap(({ throughput }) => throughput),
    norm: all.flatMap(({ norm }) => norm),
  };
}

/** `color`: of this run among others; null: it is alone. */
function ofRun({ name, run, curve }: RunView, smoothing: number, color: string | null): Lines {
  const { points } = curve;
  const steps = points.map(({ step }) => step);
  const measured = run.evaluations.map(({ step }) => step);
  const trained = run.job.mixup > 0 ? 'training (mixed)' : 'training';
  const called = (what: string): string => (color === null ? what : `${name} ${what}`);
  const training = (
    what: string,
    values: readonly (number | null)[],
    band: readonly (readonly (number | null)[])[],
  ): Line[] => [
    ...(color === null && (smoothing > 0 || band.length > 0)
      ? [values, ...band].map(
          (raw, n): Line => ({ name: `raw ${n}`, color: '--train', steps, values: raw, faint: true }),
        )
      : []),
    { name: called(what), color: color ?? '--train', steps, values: smoothed(values, smoothing) },
  ];
  const validation = (what: string, values: readonly (number | null)[]): Line[] =>
    measured.length === 0
      ? []
      : [
          {
            name: called(what),
            color: color ?? '--valid',
            steps: measured,
            values,
            marked: true,
            dash: color === null ? [] : [5, 3],
          },
        ];
  const thinned = points.some(({ lossMin, lossMax }) => lossMin !== lossMax);
  const single = (values: readonly (number | null)[], ofSome = 'mean of some steps'): Line[] => {
    const what = thinned ? ofSome : 'each step';
    return [{ name: color === null ? what : name, color: color ?? '--train', steps, values }];
  };
  return {
    loss: [
      ...training(
        trained,
        points.map(({ loss }) => loss),
        thinned ? [points.map(({ lossMin }) => lossMin), points.map(({ lossMax }) => lossMax)] : [],
      ),
      ...validation(
        'validation',
        run.evaluations.map(({ loss }) => loss),
      ),
    ],
    accuracy: [
      ...training(
        trained,
        points.map(({ accuracy }) => accuracy),
        thinned ? [points.map(({ accuracyMin }) => accuracyMin), points.map(({ accuracyMax }) => accuracyMax)] : [],
      ),
      ...validation(
        'validation',
        run.evaluations.map(({ accuracy }) => accuracy),
      ),
    ],
    rate: single(
      points.map(({ learningRate }) => learningRate),
      'last of some steps',
    ),
    throughput: single(points.map(({ imagesPerSecond }) => imagesPerSecond)),
    norm: single(
      points.map(({ gradientNorm }) => gradientNorm),
      'highest of some steps',
    ),
  };
}
