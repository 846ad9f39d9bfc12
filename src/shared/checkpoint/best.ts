import type { Job } from '../job/schema.ts';

/** By which figure of an evaluation a checkpoint is the best: the lowest loss, or the highest accuracy. */
export type Monitor = Job['monitor'];

/** What an evaluation said of a checkpoint's weights. */
export interface Measured {
  readonly validationAccuracy: number;
  /** null: not known, as where an older version marked the best. */
  readonly validationLoss: number | null;
}

export interface BestCheckpoint extends Measured {
  readonly step: number;
  readonly monitor: Monitor;
}

/** The older one stays the best where they are equal; what is no finite number never is. */
export function isBetter(monitor: Monitor, one: Measured, than: Measured | null): boolean {
  const ours = figureOf(monitor, one);
  if (!Number.isFinite(ours)) return false;
  const theirs = than === null ? Number.NaN : figureOf(monitor, than);
  return !Number.isFinite(theirs) || ours > theirs;
}

/** The larger the better. */
function figureOf(monitor: Monitor, { validationAccuracy, validationLoss }: Measured): number {
  if (monitor === 'accuracy') return validationAccuracy;
  return validationLoss === null ? Number.NaN : -validationLoss;
}

/** Of best.json, also as versions wrote it that knew accuracy alone; null: it says nothing. */
export function bestIn(text: string): BestCheckpoint | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { step, monitor, validationAccuracy, validationLoss } = value as Partial<Record<string, unknown>>;
  if (!Number.isSafeInteger(step) || typeof validationAccuracy !== 'number') return null;
  return {
    step: step as number,
    monitor: monitor === 'loss' ? 'loss' : 'accuracy',
    validationAccuracy,
    validationLoss: typeof validationLoss === 'number' ? validationLoss : null,
  };
}
