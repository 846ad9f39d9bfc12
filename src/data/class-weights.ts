import { parse } from 'yaml';
import { EXIT, GradsocketError } from '../shared/errors.ts';
import { readGivenText, UnreadableFile } from '../shared/given-file.ts';
import { valueMeant } from '../shared/job/meaning.ts';
import { visible } from '../shared/visible.ts';
import { isOrAre, plural } from '../shared/plural.ts';

/** `1,2.5`: in the order of the classes. */
const NUMBER = String.raw`-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?`;
const NUMBERS = new RegExp(`^${NUMBER}(,${NUMBER})*$`, 'i');

/**
 * What `--class-weights` says, complete in itself: a file is read, and stands as its content in JSON. So a run can go on without
 * the file, and with another one cannot.
 *
 * @throws GradsocketError where there is none, or none that holds weights
 */
export async function readClassWeights(setting: string | null): Promise<string | null> {
  if (setting === null || setting === 'balanced') return setting;
  const bare = setting.trim().replaceAll(/\s*,\s*/g, ',');
  if (NUMBERS.test(bare)) return weightsIn(bare.split(',').map(Number), setting);
  // What a run has kept; a file may be called so, too.
  const kept = /^[[{]/.test(setting) ? parsed(setting) : { why: 'no content' };
  if (!('why' in kept)) return weightsIn(kept.value, setting);
  const text = await readGivenText(setting).catch((error: unknown) => {
    if (!(error instanceof UnreadableFile)) throw error;
    const meant = instead(setting);
    throw refused(
      meant === null
        ? `${setting} cannot be read: ${error.reason}. Name a file, or pass balanced.`
        : `${setting} is no file: ${meant}`,
    );
  });
  const read = parsed(text);
  if ('why' in read) {
    throw refused(
      `${setting} is neither YAML nor JSON: ${read.why}. Write a line for each class, such as \`cat: 1.5\`.`,
    );
  }
  return weightsIn(read.value, setting);
}

/** What was meant by what is no file, a whole sentence; null: nobody knows. */
function instead(setting: string): string | null {
  const meant = valueMeant('class-weights', setting, ['balanced']);
  if (meant !== null) return 'is' in meant ? `did you mean ${meant.is}?` : `${meant.hint}.`;
  // `cat=2,dog=1`
  const pairs = setting.split(/[,;]/).map((part) => /^\s*([^=:/]+?)\s*[=:]\s*([\d.]+)\s*$/.exec(part));
  if (pairs.some((pair) => pair === null)) return null;
  return `did you mean '{${pairs.map((pair) => `${pair![1]}: ${pair![2]}`).join(', ')}}'?`;
}

function parsed(text: string): { readonly value: unknown } | { readonly why: string } {
  try {
    return { value: parse(text, { mapAsMap: true }) };
  } catch (error) {
    return { why: (error as Error).message.split('\n')[0]!.replace(/[.:]\s*$/, '') };
  }
}

/** As a run keeps them. */
function weightsIn(value: unknown, where: string): string {
  if (Array.isArray(value)) return JSON.stringify(value.map((weight) => weightIn(weight, where)));
  if (!(value instanceof Map)) {
    throw refused(
      `${where} holds no weights. Write a line for each class, such as \`cat: 1.5\`, or a list of numbers.`,
    );
  }
  const entries = [...value].map(([name, weight]) => [String(name), weightIn(weight, where)] as const);
  return JSON.stringify(Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

/** One for each class. `setting`: as `readClassWeights` gives it; `counts`: training samples of each class. */
export function classWeightsOf(setting: string, classes: readonly string[], counts: readonly number[]): number[] {
  if (setting === 'balanced') return balancedWeights(counts);
  const given = JSON.parse(setting) as readonly number[] | Readonly<Record<string, number>>;
  const weights = Array.isArray(given) ? inOrder(given, classes) : byName(new Map(Object.entries(given)), classes);
  for (const weight of weights) weightIn(weight, setting);
  if (weights.every((weight) => weight === 0)) throw refused('every weight is 0, so that nothing would be learned.');
  return weights;
}

/** n / (k * n_c): every class counts as much as every other, and the mean over the training samples is 1. */
export function balancedWeights(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (count === 0 ? 0 : total / (counts.length * count)));
}

/** Training samples of each class. */
export function countsOf(dataset: {
  readonly description: { readonly classes: readonly string[]; readonly trainSamples: number };
  labelOf(split: 'train', index: number): number;
}): number[] {
  const { classes, trainSamples } = dataset.description;
  const counts = classes.map(() => 0);
  for (let index = 0; index < trainSamples; index++) counts[dataset.labelOf('train', index)]!++;
  return counts;
}

function inOrder(weights: readonly number[], classes: readonly string[]): number[] {
  if (weights.length === classes.length) return [...weights];
  throw refused(
    `there ${isOrAre(weights.length)} ${plural(weights.length, 'weight')} and ${plural(classes.length, 'class')}. Give one for each, in the order in which ` +
      '`gradsocket data` shows them.',
  );
}

function byName(weights: ReadonlyMap<string, number>, classes: readonly string[]): number[] {
  // Keras says them by the numbers of the labels.
  const missing = classes.find((name) => !weights.has(name));
  const numbered = classes.flatMap((_, label) => weights.get(String(label)) ?? []);
  if (missing !== undefined && numbered.length === classes.length && weights.size === classes.length) return numbered;
  if (missing !== undefined) throw refused(`the class ${visible(missing)} has no weight. Add it.`);
  const stranger = [...weights.keys()].find((name) => !classes.includes(name));
  if (stranger !== undefined) {
    throw refused(`there is no class ${visible(stranger)} in the dataset. Take it out, or correct its name.`);
  }
  return classes.map((name) => weights.get(name)!);
}

function weightIn(weight: unknown, where: string): number {
  if (typeof weight === 'number' && weight >= 0 && Number.isFinite(Math.fround(weight))) return weight;
  throw refused(`${where} has the weight ${String(weight)}. Weights are numbers of at least 0.`);
}

function refused(why: string): GradsocketError {
  return new GradsocketError('CLASS_WEIGHTS', EXIT.configuration, `--class-weights: ${why}`);
}
