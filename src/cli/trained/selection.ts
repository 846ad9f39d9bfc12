import type { KnownSamples } from '../../shared/checkpoint/known-samples.ts';
import type { Split } from '../../shared/protocol/shared.ts';

/** A sample of the data that is to be measured. */
export interface Measurable {
  /** What tells the sample from all others: `sampleKey` of its bytes. */
  readonly key: string;
  /** Where it would be in training; by seed, unless the data says so itself. */
  readonly part: Split;
  readonly ownPart: boolean;
}

/** Which samples are measured, and what that says about the figure. */
export interface Selection {
  /** unseen: all but those that the model was trained on. */
  readonly split: Split | 'all' | 'unseen';
  readonly indexes: readonly number[];
  /** Among them; null: it cannot be known. */
  readonly trainedOn: number | null;
  /** Not measured, since the model was trained on them; null: it cannot be known. */
  readonly leftOut: number | null;
  /** Among those measured: neither trained on nor held out by the run. */
  readonly added: number;
  /** What somebody who reads the figure should know: sentences. */
  readonly notes: readonly string[];
}

/**
 * Chooses samples so that a figure counts nothing in silence that the model was trained on.
 *
 * @param same whether data and split are, byte for byte, those of the run
 * @param own whether it is the data that the run names
 * @param known what the run has kept of its samples; null: nothing
 */
export function selectSamples(
  samples: readonly Measurable[],
  wanted: Split | 'all' | null,
  { same, own, known }: { readonly same: boolean; readonly own: boolean; readonly known: KnownSamples | null },
): Selection {
  if (same) return ofTheRun(samples, wanted ?? 'validation');
  return known === null ? inTheDark(samples, wanted ?? 'all') : byKnown(samples, wanted, own, known);
}

function ofTheRun(samples: readonly Measurable[], split: Split | 'all'): Selection {
  const trained = new Set(samples.flatMap(({ part, key }) => (part === 'train' ? [key] : [])));
  const indexes = placesOf(samples, ({ part }) => split === 'all' || part === split);
  const trainedOn = indexes.filter((index) => trained.has(samples[index]!.key)).length;
  const leftOut = split === 'validation' ? samples.length - indexes.length : 0;
  const twins =
    split === 'validation' && trainedOn > 0
      ? [`${trainedOn} of them ${trainedOn === 1 ? 'has' : 'have'} the same bytes as a training sample.`]
      : trainedNotes(split, trainedOn, indexes.length);
  return { split, indexes, trainedOn, leftOut, added: 0, notes: twins };
}

function byKnown(
  samples: readonly Measurable[],
  wanted: Split | 'all' | null,
  own: boolean,
  known: KnownSamples,
): Selection {
  const isTrained = ({ key }: Measurable): boolean => known.train.has(key);
  const isHeldOut = ({ key }: Measurable): boolean => known.validation.has(key) && !known.train.has(key);
  const isNew = (sample: Measurable): boolean => !isTrained(sample) && !isHeldOut(sample);
  const isChosen = (sample: Measurable): boolean => {
    const itself = isNew(sample) && sample.ownPart && sample.part === wanted;
    switch (wanted) {
      case null:
        return !isTrained(sample);
      case 'validation':
        return isHeldOut(sample) || itself;
      case 'train':
        return isTrained(sample) || itself;
      case 'all':
        return true;
    }
  };
  const indexes = placesOf(samples, isChosen);
  const count = (is: (sample: Measurable) => boolean, among: readonly Measurable[]): number => among.filter(is).length;
  const chosen = indexes.map((index) => samples[index]!);
  const trainedOn = count(isTrained, chosen);
  const leftOut = wanted === 'train' ? 0 : count(isTrained, samples) - trainedOn;
  const added = count(isNew, chosen);
  const notes: string[] = [];
  if (leftOut > 0) notes.push(`${leftOut} of ${samples.length} are left out: the model was trained on them.`);
  const unchosen = count(isNew, samples) - added;
  if (own && added > 0) notes.push(`${added} ${added === 1 ? 'is' : 'are'} new since the run began.`);
  if (own && unchosen > 0)
    notes.push(`${unchosen} ${unchosen === 1 ? 'is' : 'are'} new since the run began, and not measured.`);
  const present = new Set(samples.map(({ key }) => key));
  const gone = own ? [...known.validation].filter((key) => !present.has(key)).length : 0;
  if (gone > 0) notes.push(`${gone} of the run's validation samples ${gone === 1 ? 'is' : 'are'} not there any more.`);
  notes.push(...trainedNotes(wanted, trainedOn, indexes.length));
  const split = wanted ?? (leftOut === 0 ? 'all' : 'unseen');
  return { split, indexes, trainedOn, leftOut, added, notes };
}

/** A run of version 0.1.0, on data that has changed or is another. */
function inTheDark(samples: readonly Measurable[], split: Split | 'all'): Selection {
  const indexes = placesOf(samples, ({ part }) => split === 'all' || part === split);
  return {
    split,
    indexes,
    trainedOn: null,
    leftOut: null,
    added: 0,
    notes: [
      'Which of these samples the model was trained on cannot be known, since its run did not keep it: the figures may count some.',
    ],
  };
}

function trainedNotes(split: Split | 'all' | null, trainedOn: number, measured: number): readonly string[] {
  if (trainedOn === 0) return [];
  const what = split === 'train' && trainedOn === measured ? 'These' : `${trainedOn} of these`;
  return [`${what} are training samples: the figures say more of the model than it can do with new ones.`];
}

function placesOf(samples: readonly Measurable[], is: (sample: Measurable) => boolean): readonly number[] {
  return samples.flatMap((sample, index) => (is(sample) ? [index] : []));
}
