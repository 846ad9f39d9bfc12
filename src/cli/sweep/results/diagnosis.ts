import { lossText, percentText } from '../../ui/text.ts';
import type { Failure } from '../../../coordinator/store/told.ts';
import type { Evaluation } from './evaluation.ts';
import type { Standing } from '../grid/scheduler.ts';

/** What there is to know about a run, to judge it. */
export interface Course {
  readonly standing: Standing;
  readonly failure: Failure | null;
  /** null: not known. */
  readonly classes: number | null;
  readonly init: string;
  /** The training loss of the very first step. */
  readonly firstLoss: number | null;
  /** Training loss from the beginning to the end, averaged over stretches. */
  readonly losses: readonly number[];
  readonly evaluations: readonly Evaluation[];
}

export interface Diagnosis {
  readonly verdict: /** It learned. */
    | 'learned'
    /** The loss left the numbers, or ended above where it began. */
    | 'diverged'
    /** The loss never left that of a guess. */
    | 'dead'
    /** It moved at first, and ended as a guess. */
    | 'collapsed'
    /** It ended on an error. */
    | 'failed'
    /** It has not run to its end. */
    | 'unfinished';
  /** What is wrong, in words; for a run that learned, what else is worth knowing, or nothing. */
  readonly sentence: string;
}

/** Losses within this share of each other count as the same. */
const SAME = 0.03;
/** A first loss within this share of a guess's is one that had not been wrong yet. */
const NEAR = 0.15;
/** An accuracy within this share of the way from a guess to all right is one of a guess. */
const GUESS = 0.1;

/** Says in words how a run went. */
export function diagnose(course: Course): Diagnosis {
  const { standing, failure } = course;
  if (standing === 'failed') return { verdict: 'failed', sentence: failure?.message ?? 'It failed, and left no word.' };
  if (standing === 'missing') return { verdict: 'unfinished', sentence: 'It has not begun yet.' };
  if (standing === 'diverged') return noNumber(course);
  if (standing !== 'done') return { verdict: 'unfinished', sentence: 'It has not run to its end yet.' };
  return rising(course) ?? guessing(course) ?? learned(course);
}

function noNumber({ losses, evaluations }: Course): Diagnosis {
  const finite = losses.filter((loss) => Number.isFinite(loss));
  const before = finite.at(-1);
  const after = before === undefined ? 'from the first step on' : `after a loss of ${lossText(before)}`;
  const broken = evaluations.find(({ loss }) => !Number.isFinite(loss));
  const what =
    broken !== undefined
      ? `the validation loss after epoch ${broken.epoch} is NaN or infinite`
      : finite.length < losses.length
        ? `the loss became NaN or infinite ${after}`
        : `a gradient or a parameter became NaN or infinite ${after}`;
  const kept = evaluations.some((evaluation) => evaluation !== broken) ? '; its best model is from before that' : '';
  return { verdict: 'diverged', sentence: `Diverged: ${what}${kept}.` };
}

function rising({ losses, firstLoss, classes }: Course): Diagnosis | null {
  const last = tail(losses);
  if (last === null || firstLoss === null) return null;
  const start = Math.max(firstLoss, classes === null ? 0 : Math.log(classes));
  if (Number.isFinite(last) && last <= start * (1 + SAME)) return null;
  return {
    verdict: 'diverged',
    sentence: `Diverged: the loss rose from ${lossText(firstLoss)} to ${lossText(last)}. A lower learning rate or a warm-up may help.`,
  };
}

/** The answer of a network that knows nothing: every class alike, with a loss of ln(classes). */
function guessing({ losses, firstLoss, classes, init, evaluations }: Course): Diagnosis | null {
  const last = tail(losses);
  if (last === null || firstLoss === null || classes === null) return null;
  const guess = Math.log(classes);
  const accuracy = Math.max(0, ...evaluations.map((evaluation) => evaluation.accuracy));
  const chance = 1 / classes;
  if (Math.abs(last / guess - 1) > SAME || accuracy > chance + GUESS * (1 - chance)) return null;
  const named = `ln ${classes} = ${guess.toFixed(3)}`;
  if (firstLoss <= guess * (1 + NEAR) && Math.min(...losses) >= guess * (1 - SAME)) {
    const why =
      init === 'zeros'
        ? 'With zeros, all units of a layer compute the same, and no gradient reaches the layers below.'
        : 'Gradients that vanish on the way down, or a learning rate far too low, look like this.';
    return { verdict: 'dead', sentence: `Dead at the start: the loss stays at ${named}, that of a guess. ${why}` };
  }
  return {
    verdict: 'collapsed',
    sentence:
      `Collapsed: the loss began at ${lossText(firstLoss)} and ended at ${named}, that of a guess: every image gets the ` +
      `same answer. Units that died, or a learning rate too high, look like this.`,
  };
}

/** Accuracy won in the last evaluation that makes more epochs worth trying. */
const STILL_WINNING = 0.01;
/** Validation loss above its lowest that counts as overfitting. */
const OVERFITTED = 1.25;

function learned({ evaluations }: Course): Diagnosis {
  const [before, last] = evaluations.slice(-2);
  const lowest = Math.min(...evaluations.map(({ loss }) => loss));
  if (last !== undefined && last.loss > lowest * OVERFITTED && last.loss - lowest > 0.02) {
    const at = evaluations.find(({ loss }) => loss === lowest);
    const sentence = `Validation loss was lowest, ${lossText(lowest)}, after epoch ${at?.epoch}, and ended at ${lossText(last.loss)}.`;
    return { verdict: 'learned', sentence };
  }
  if (before !== undefined && last !== undefined && last.accuracy - before.accuracy >= STILL_WINNING) {
    const won = percentText(last.accuracy - before.accuracy).replace(' %', '');
    return { verdict: 'learned', sentence: `Still won ${won} points in the last epoch: more epochs may help.` };
  }
  return { verdict: 'learned', sentence: '' };
}

/** How it ended: the mean of the last tenth. */
function tail(losses: readonly number[]): number | null {
  const part = losses.slice(-Math.max(1, Math.ceil(losses.length / 10)));
  return part.length === 0 ? null : part.reduce((sum, loss) => sum + loss, 0) / part.length;
}
