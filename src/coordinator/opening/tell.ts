import { skippedSentence } from '../../data/samples/dataset.ts';
import { pinText } from '../../shared/link/fingerprint.ts';
import { changeText } from '../progress/course-change.ts';
import type { RunEvent } from '../progress/events.ts';
import type { Archive } from '../store/archive.ts';
import type { Prepared } from './prepare.ts';

interface Listening {
  readonly url: string;
  readonly metricsUrl: string | null;
  /** Fingerprint of the certificate that is shown; null: none is. */
  readonly pin: string | null;
  /** What to look out for about it. */
  readonly notice: string | null;
}

/** The first that a run tells of itself: where it listens, what it trains on, from where it goes on, what to look out for. */
export function tellOfOpening(
  { job, dataset, found, change, warnings, resume }: Prepared,
  archive: Archive,
  { url, metricsUrl, pin, notice }: Listening,
  onEvent: (event: RunEvent) => void,
): void {
  const { name, trainSamples: train, validationSamples: validation, classes } = dataset.description;
  const warn = (message: string): void => onEvent({ type: 'warning', message });
  onEvent({
    type: 'listening',
    url,
    ...(metricsUrl === null ? {} : { metrics: metricsUrl }),
    ...(pin === null ? {} : { tlsPin: pinText(pin) }),
  });
  if (notice !== null) warn(notice);
  const skipped = dataset.skipped.length;
  const mixed = job.mixup > 0 ? { mixup: job.mixup } : {};
  onEvent({ type: 'dataset', name, train, validation, classes: classes.length, skipped, ...mixed });
  const left = skippedSentence(dataset.skipped, job.data);
  if (left !== null) warn(left);
  for (const message of dataset.notices) warn(message);
  for (const message of warnings) warn(message);
  if (found !== null) {
    onEvent({
      type: 'resumed',
      step: found.checkpoint.step,
      file: archive.checkpoints.savedFile ?? found.checkpoint.file,
      changed: change === null ? null : changeText(change),
    });
    if (archive.ledger.firstStep > 0) {
      warn(`The ledger begins at step ${archive.ledger.firstStep}: what was counted before is not on record.`);
    }
  } else if (resume) {
    warn('There is no checkpoint yet, so the run begins anew.');
  }
}
