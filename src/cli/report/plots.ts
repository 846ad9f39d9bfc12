import type { ViewSource } from '../../coordinator/view/compose.ts';
import type { CurvePoint } from '../../coordinator/progress/curve.ts';
import { lossFrame } from '../../shared/frame.ts';
import type { Markup } from '../picture/markup.ts';
import { plot, type PlotLine } from './plot.ts';

/** A plot of a report, by the name of its files. */
export interface NamedPlot {
  readonly name: string;
  readonly title: string;
  readonly svg: Markup;
  /** Many pictures beside each other: at half the width of a page nobody reads them. */
  readonly wide?: boolean;
}

/** The curves of a run. Those of which nothing was measured are left out. */
export function plotsOf({ run, history }: Pick<ViewSource, 'run' | 'history'>): readonly NamedPlot[] {
  const { points } = history.course;
  const trained = run.job.mixup > 0 ? 'training (mixed)' : 'training';
  const line = (name: string, of: (point: CurvePoint) => number): PlotLine => ({
    name,
    points: points.map((point) => ({ step: point.step, value: of(point) })),
    marked: false,
  });
  // What is no number is not another one than itself.
  const thinned = points.some(({ lossMin, lossMax }) => lossMin < lossMax);
  const banded = (one: PlotLine, low: (point: CurvePoint) => number, high: (point: CurvePoint) => number): PlotLine => {
    if (!thinned) return one;
    const band = points.map((point) => ({ step: point.step, low: low(point), high: high(point) }));
    return { ...one, band: band.filter((part) => Number.isFinite(part.low) && Number.isFinite(part.high)) };
  };
  const measured = (of: (evaluation: { readonly loss: number; readonly accuracy: number }) => number): PlotLine => ({
    name: 'validation',
    points: run.evaluations.map((evaluation) => ({ step: evaluation.step, value: of(evaluation) })),
    marked: true,
  });
  const losses = [
    banded(
      line(trained, ({ loss }) => loss),
      ({ lossMin }) => lossMin,
      ({ lossMax }) => lossMax,
    ),
    measured(({ loss }) => loss),
  ];
  const accuracies = [
    banded(
      line(trained, ({ accuracy }) => accuracy),
      ({ accuracyMin }) => accuracyMin,
      ({ accuracyMax }) => accuracyMax,
    ),
    measured(({ accuracy }) => accuracy),
  ];
  const all = losses.flatMap((one) => one.points.map(({ value }) => value));
  const frame = lossFrame(all, run.dataset.classes.length);
  const drawn: readonly (readonly [string, string, Markup | null])[] = [
    [
      'loss',
      'Loss',
      plot({
        title: frame?.clipped === true ? 'Loss, without its spikes' : 'Loss',
        axis: 'cross-entropy',
        lines: losses,
        high: frame?.high ?? 0,
      }),
    ],
    [
      'loss-log',
      'Loss, logarithmic',
      plot({ title: 'Loss, logarithmic', axis: 'cross-entropy', lines: losses, log: true }),
    ],
    ['accuracy', 'Accuracy', plot({ title: 'Accuracy', axis: 'accuracy', lines: accuracies, percent: true })],
    [
      'learning-rate',
      'Learning rate',
      plot({
        title: 'Learning rate',
        axis: 'learning rate',
        lines: [line('each step', ({ learningRate }) => learningRate)],
      }),
    ],
    [
      'gradient-norm',
      'Gradient norm',
      plot({
        title: 'Norm of the gradient, before clipping',
        axis: 'norm',
        lines: [line('each step', ({ gradientNorm }) => gradientNorm)],
        log: true,
      }),
    ],
    [
      'throughput',
      'Throughput',
      plot({
        title: 'Throughput',
        axis: 'images per second',
        lines: [line('over ten seconds', ({ imagesPerSecond }) => imagesPerSecond)],
      }),
    ],
  ];
  return drawn.flatMap(([name, title, svg]) => (svg === null ? [] : [{ name, title, svg }]));
}
