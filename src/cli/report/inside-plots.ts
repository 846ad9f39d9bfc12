import type { Inspection } from '../../shared/protocol/inspection.ts';
import { plot, type PlotLine } from './plot.ts';
import type { NamedPlot } from './plots.ts';
import { depthMap, evenly } from '../picture/depth-map.ts';
import { courses, spreadsPicture } from '../picture/spreads.ts';

/** Lines that one picture can hold. */
const MOST_LINES = 6;

/** Those with a part for each layer. */
const WIDE: readonly string[] = ['activations', 'gradients', 'updates'];

/** What was seen inside a network, as pictures; those of which nothing was seen are left out. */
export function insidePlots(inspections: readonly Inspection[]): readonly NamedPlot[] {
  const [newest] = inspections.slice(-1);
  if (newest === undefined) return [];
  const line = (name: string, of: (inspection: Inspection) => number | undefined): PlotLine => ({
    name,
    points: inspections.map((inspection) => ({ step: inspection.step, value: of(inspection) ?? Number.NaN })),
    marked: true,
  });
  const shareOf = (which: 'dead' | 'saturated', kinds: readonly string[]): readonly PlotLine[] => {
    const some = newest.activations.filter(({ function: kind }) => kinds.includes(kind));
    return evenly(some, MOST_LINES).map(({ name }) =>
      line(name, ({ activations }) => activations.find((one) => one.name === name)?.[which]),
    );
  };
  const ratios = evenly(newest.layers, MOST_LINES).map(({ name }) =>
    line(name, ({ layers }) => layers.find((layer) => layer.name === name)?.update.ratio),
  );
  const drawn = [
    ['gradient-depth', 'Gradients by depth', depthMap(inspections)],
    [
      'activations',
      'Activations',
      spreadsPicture(
        'What the activations let through',
        courses(inspections, ({ activations }) => activations),
      ),
    ],
    [
      'gradients',
      'Gradients',
      spreadsPicture(
        'How gradients are spread',
        courses(inspections, ({ layers }) => layers.map(({ name, gradient }) => ({ name, values: gradient.values }))),
      ),
    ],
    [
      'updates',
      'Updates',
      spreadsPicture(
        'Change of a weight by the weight, log10',
        courses(inspections, ({ layers }) => layers.map(({ name, update }) => ({ name, values: update.values }))),
      ),
    ],
    [
      'update-ratio',
      'Update ratio',
      plot({ title: 'Update by weights', axis: 'ratio of norms', lines: ratios, log: true }),
    ],
    [
      'dead-units',
      'Dead units',
      plot({ title: 'Units that are zero', axis: 'share', lines: shareOf('dead', ['relu']), percent: true }),
    ],
    [
      'saturation',
      'Saturation',
      plot({
        title: 'Saturated values',
        axis: 'share',
        lines: shareOf('saturated', ['sigmoid', 'tanh']),
        percent: true,
      }),
    ],
  ] as const;
  return drawn.flatMap(([name, title, svg]) => (svg === null ? [] : [{ name, title, svg, wide: WIDE.includes(name) }]));
}
