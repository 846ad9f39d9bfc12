import type { NetworkSummary } from '../model/layers.ts';
import { countText } from '../../shared/plural.ts';

const HEAD = ['layer', 'kind', 'output', 'parameters', ''] as const;
/** Columns of numbers end where they end. */
const NUMBERS = new Set([3]);
const MIB = 2 ** 20;

/** The layers of a network, for people: a table, then what it adds up to. */
export function modelLines(summary: NetworkSummary): readonly string[] {
  const { model, input, classes, outputs, layers, parameters, trained, buffers } = summary;
  const rows = layers.map(({ name, layer, output, parameters: own, frozen }) => [
    name,
    layer,
    shapeText(output),
    own === 0 ? '' : countText(own),
    frozen ? 'frozen' : '',
  ]);
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (NUMBERS.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd();
  const frozen = parameters - trained;
  const of = outputs === 1 ? 'one logit' : `${classes} classes`;
  return [
    `${model} for images of ${shapeText(input)}, ${of}`,
    '',
    line(HEAD),
    ...rows.map(line),
    '',
    `parameters  ${countText(parameters)} (${((parameters * 4) / MIB).toFixed(1)} MiB in float32)`,
    ...(frozen === 0 ? [] : [`trained     ${countText(trained)}, ${countText(frozen)} are frozen`]),
    ...(buffers === 0 ? [] : [`statistics  ${countText(buffers)} running means and variances`]),
  ];
}

function shapeText(shape: readonly number[]): string {
  return shape.join('x');
}
