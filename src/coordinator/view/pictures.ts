import type { Dataset } from '../../data/samples/dataset.ts';
import { decodeSample } from '../../data/images/decode.ts';
import { encodePng } from '../../data/images/encode.ts';
import { shownSamples } from '../../shared/plan/shown-samples.ts';
import { SHOWN_SAMPLES } from '../../shared/protocol/shared.ts';
import type { EvaluationLine } from '../progress/history.ts';
import type { ShownAnswers } from './view.ts';

/** The few validation samples that people are shown, as the network sees them, with what it takes them for. */
export class Pictures {
  readonly #dataset: Dataset;
  readonly #shown: ReadonlySet<number>;
  readonly #files = new Map<number, Promise<Buffer>>();

  constructor(dataset: Dataset) {
    this.#dataset = dataset;
    this.#shown = new Set(shownSamples(dataset.description.validationSamples, SHOWN_SAMPLES));
  }

  /** Null: nothing was told of them yet. */
  answersIn(evaluation: EvaluationLine | null): ShownAnswers | null {
    const told = evaluation?.shown?.filter(([sample]) => this.#shown.has(sample)) ?? [];
    if (evaluation === null || told.length === 0) return null;
    const samples = told.map(([sample, answer, probability]) => ({
      sample,
      name: this.#dataset.nameOf('validation', sample),
      label: this.#dataset.labelOf('validation', sample),
      answer,
      probability,
    }));
    return { step: evaluation.step, samples };
  }

  /** A PNG file; null: this sample is not shown, or can no longer be read. */
  async file(sample: number): Promise<Buffer | null> {
    if (!this.#shown.has(sample)) return null;
    let file = this.#files.get(sample);
    if (file === undefined) {
      file = this.#encode(sample);
      this.#files.set(sample, file);
      file.catch(() => this.#files.delete(sample));
    }
    return file.catch(() => null);
  }

  async #encode(sample: number): Promise<Buffer> {
    const { description } = this.#dataset;
    const pixels = await decodeSample(description, await this.#dataset.read('validation', sample));
    return encodePng(pixels, description.imageShape);
  }
}
