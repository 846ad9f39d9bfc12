import { balancedWeights } from '../../data/class-weights.ts';
import type { Survey } from '../data/survey.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import type { SkippedFile } from '../../data/samples/dataset.ts';
import { columns } from './columns.ts';
import { countText, plural } from '../../shared/plural.ts';

/** More lines than these are a file, not something to read: `--json` has all. */
const MOST_CLASSES = 50;
const MOST_BROKEN = 20;

/** A dataset for people: what it is, its classes, what is broken. */
export function dataLines(
  description: DatasetDescription,
  { classes, width, height, grey }: Survey,
  broken: readonly SkippedFile[],
  notices: readonly string[],
): readonly string[] {
  const { name, imageShape, mean, deviation, trainSamples, validationSamples, digest } = description;
  const total = trainSamples + validationSamples;
  const channels = imageShape[2] === 1 ? '1 channel (gray)' : `3 channels${greyText(grey, total)}`;
  const own =
    width.min === width.max && height.min === height.max
      ? `${height.min}x${width.min}, all of them`
      : `height ${height.min} / ${height.median} / ${height.max}, width ${width.min} / ${width.median} / ${width.max} (smallest / median / largest)`;
  return [
    `dataset   ${name}, digest ${digest.slice(0, 12)}`,
    `samples   ${countText(total)}: ${countText(trainSamples)} for training, ${countText(validationSamples)} for validation`,
    `sizes     ${own}`,
    `network   gets ${imageShape[0]}x${imageShape[1]}, ${channels}`,
    `mean      ${mean.map(shareText).join(', ')} (of 0 to 1, over the training samples)`,
    `deviation ${deviation.map(shareText).join(', ')}`,
    '',
    ...classLines(classes),
    '',
    ...notices.map((notice) => `warning   ${notice}`),
    ...brokenLines(broken),
  ];
}

function greyText(grey: number, total: number): string {
  return grey === 0 ? '' : ` (${countText(grey)} of ${countText(total)} images are gray in themselves)`;
}

function shareText(share: number): string {
  return share.toFixed(4);
}

function classLines(classes: Survey['classes']): readonly string[] {
  const shown = classes.slice(0, MOST_CLASSES);
  const weights = balancedWeights(classes.map(({ train }) => train));
  // Where classes are alike there is nothing to balance.
  const uneven = weights.some((weight) => weight !== weights[0]);
  const rows = shown.map(({ name, train, validation }, index) => [
    name,
    countText(train),
    countText(validation),
    ...(uneven ? [weights[index]!.toFixed(3)] : []),
  ]);
  const head = ['class', 'training', 'validation', ...(uneven ? ['--class-weights balanced'] : [])];
  const more = classes.length - shown.length;
  return [...columns([head, ...rows]), ...(more > 0 ? [`and ${countText(more)} more`] : [])];
}

function brokenLines(broken: readonly SkippedFile[]): readonly string[] {
  if (broken.length === 0) return ['broken    nothing: every image can be decoded'];
  const shown = broken.slice(0, MOST_BROKEN).map(({ file, reason }) => `  ${file}: ${reason}`);
  const more = broken.length - shown.length;
  return [
    `broken    ${plural(broken.length, 'image')} that cannot be decoded:`,
    ...shown,
    ...(more > 0 ? [`  and ${countText(more)} more`] : []),
  ];
}
