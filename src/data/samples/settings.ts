import { type Preprocessing, preprocessingSchema } from '../../shared/job/preprocessing.ts';
import type { Job } from '../../shared/job/schema.ts';

type DatasetSettings = Pick<Job, 'imageSize' | 'validationSplit' | 'badImages' | 'maxPixels' | 'seed'> & Preprocessing;

/**
 * The settings of a job that decide what its dataset is, besides its place: a worker's own copy must be opened as the
 * coordinator's is.
 */
export function datasetSettings(job: DatasetSettings): DatasetSettings {
  const { imageSize, validationSplit, badImages, maxPixels, seed } = job;
  return { imageSize, validationSplit, badImages, maxPixels, seed, ...preprocessingSchema.strip().parse(job) };
}
