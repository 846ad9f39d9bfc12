import type { Dataset, DatasetOptions } from '../../data/samples/dataset.ts';
import { openDataset } from '../../data/open.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { DatasetDescription, Split } from '../../shared/protocol/shared.ts';
import type { EncodedSample, SampleSource } from './source.ts';

/** Reads this machine's own copy of the dataset, once it is sure to be the coordinator's. */
export class LocalSource implements SampleSource {
  readonly #dataset: Dataset;

  private constructor(dataset: Dataset) {
    this.#dataset = dataset;
  }

  static async open(options: DatasetOptions, expected: DatasetDescription): Promise<LocalSource> {
    const dataset = await openDataset({ ...options, expectedDigest: expected.digest });
    const difference = differenceOf(dataset.description, expected);
    if (difference === null) return new LocalSource(dataset);
    throw new GradsocketError(
      'DATA_DIFFERS',
      EXIT.badData,
      `The dataset at ${options.data} is not the coordinator's: ${difference}. Copy it again, or leave --data out, so that samples come over the network.`,
    );
  }

  read(split: Split, indexes: readonly number[]): Promise<readonly EncodedSample[]> {
    return Promise.all(
      indexes.map(async (index) => ({
        label: this.#dataset.labelOf(split, index),
        bytes: await this.#dataset.read(split, index),
      })),
    );
  }

  reportBad(): void {
    // The one who would be told is the one who found out.
  }

  async close(): Promise<void> {
    // Files are opened for each read: nothing is held.
  }
}

function differenceOf(here: DatasetDescription, there: DatasetDescription): string | null {
  if (here.digest !== there.digest) {
    const counts = `${here.trainSamples} training and ${here.validationSamples} validation samples`;
    const theirs = `${there.trainSamples} and ${there.validationSamples}`;
    return `it has ${counts} with digest ${here.digest.slice(0, 12)}, there are ${theirs} with digest ${there.digest.slice(0, 12)}`;
  }
  const renamed = here.classes.findIndex((name, label) => name !== there.classes[label]);
  if (renamed !== -1) return `its class ${here.classes[renamed]} is called ${there.classes[renamed]} there`;
  if (here.encoding !== there.encoding || here.imageShape.join() !== there.imageShape.join()) {
    return `its images are ${here.imageShape.join('x')} instead of ${there.imageShape.join('x')}`;
  }
  return null;
}
