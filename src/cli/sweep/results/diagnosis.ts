import type { Failure } from '../../../coordinator/store/told.ts';
import type { Inspection } from '../../../shared/protocol/inspection.ts';
import { plural } from '../../../shared/plural.ts';
import { lossText, percentText } from '../../ui/text.ts';
import type { Standing } from '../grid/scheduler.ts';
import { causeIn } from './cause.ts';
import type { Evaluation } from './evaluation.ts';
import { shareInterval } from './interval.ts';

/** What was measured of a run, to judge it. */
export interface Course {
  readonly standing: Standing;
  readonly failure: Failure | null;
  /** null: not known. */
  readonly classes: number | null;
  readonly steps: number;
  /** The training loss of the very first step. */
  readonly firstLoss: number | null;
  /** Training loss from the beginning to the end, averaged over stretches. */
  readonly losses: readonly number[];
  readonly evaluations: readonly Evaluation[];
  /** Looks inside the network, by step; empty where the run was not inspected. */
  readonly inspections: readonly Inspection[];
}

export interface Diagnosis {
  readonly verdict: /** It knows more than the share of the largest class. */
    | 'learned'
    /** The loss left the numbers, or ended above where it began. */
    | 'diverged'
    /** All units of a layer are copies of each other. */
    | 'symmetric'
    /** A layer lets nothing through, or no gradient reaches it. */
    | 'dead'
    /** A layer's sigmoids or tanhs lie where they are flat. */
    | 'saturated'
    /** It knows no more than the share of the largest class, after steps enough. */
    | 'unlearned'
    /** The same after few steps. */
    | 'early'
    /** It ended on an error. */
    | 'failed'
    /** It has not run to its end. */
    | 'unfinished';
  /** What is wrong, in words; for a run that learned, what else is worth knowing, or nothing. */
  readonly sentence: string;
}

/** What people read. */
export const WORDS: Readonly<Record<Diagnosis['verdict'], string>> = {
  learned: 'learned',
  diverged: 'diverged',
  symmetric: 'symmetric',
  dead: 'dead',
  saturated: 'saturated',
  unlearned: 'did not learn',
  early: 'too early to tell',
  failed: 'failed',
  unfinished: 'not finished',
};

/** Whether a run ran to its end with finite losses, and knows nothing all the same. */
export function isUseless({ verdict }: Diagnosis): boolean {
  return verdict === 'symmetric' || verdict === 'dead' || verdict === 'saturated' || verdict === 'unlearned';
}

/** Losses within this share of each other count as the same. */
const SAME = 0.03;
/** Fewer steps say little: networks have begun to learn after more. */
const TELLING = 100;
/** Quantiles of the normal distribution for 95 %, and for 99 % where the best of several evaluations is taken. */
const [ONE, BEST_OF_SEVERAL] = [1.96, 2.576];

/** Says in words how a run went, from what was measured. */
export function diagnose(course: Course): Diagnosis {
  const { standing, failure } = course;
  if (standing === 'failed') return { verdict: 'failed', sentence: failure?.message ?? 'It failed, and left no word.' };
  if (standing === 'missing') return { verdict: 'unfinished', sentence: 'It has not begun yet.' };
  if (standing === 'diverged') return noNumber(course);
  if (standing !== 'done') return { verdict: 'unfinished', sentence: 'It has not run to its end yet.' };
  const known = knowledge(course);
  if (known.learned) return learned(course);
  const cause = causeIn(course.inspections);
  // These do not mend themselves, however long a run goes on.
  if (cause !== null && cause.lasting)
    return { verdict: cause.verdict, sentence: `${cause.sentence} ${known.sentence}` };
  const rose = rising(course);
  if (course.steps < TELLING) {
    const loss = rose === null ? '' : `${rose} `;
    return {
      verdict: 'early',
      sentence: `Too early to tell after ${plural(course.steps, 'step')}: ${lowerFirst(`${loss}${known.sentence}`)} Give it more epochs.`,
    };
  }
  if (rose !== null)
    return {
      verdict: 'diverged',
      sentence: `Diverged: ${lowerFirst(rose)} A lower learning rate or a warm-up may help.`,
    };
  const facts = [known.sentence, courseOfLoss(course), cause?.sentence, sameAnswer(course)].filter((fact) => fact);
  return { verdict: cause?.verdict ?? 'unlearned', sentence: facts.join(' ') };
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

interface Knowledge {
  readonly learned: boolean;
  /** What speaks against it. */
  readonly sentence: string;
}

/** Whether the run knows more than how frequent the classes are, by more than chance. */
function knowledge({ evaluations, classes, losses, firstLoss }: Course): Knowledge {
  const finite = evaluations.filter(({ loss }) => Number.isFinite(loss));
  const best = finite.toSorted((a, b) => b.accuracy - a.accuracy)[0];
  const last = tail(losses);
  const guess = best?.largestClass ?? (classes === null ? null : 1 / classes);
  if (best === undefined || guess === null) {
    // Without a measurement on other images, or without knowing what a guess comes to, there is the training loss alone.
    const from = classes === null ? firstLoss : Math.log(classes);
    const fell = last !== null && from !== null && last < from * (1 - SAME);
    const why = best === undefined ? 'It was never evaluated' : 'How many classes there are is not known';
    return { learned: fell, sentence: `${why}, and its training loss did not fall.` };
  }
  const { samples, largestClass } = best;
  const z = finite.length > 1 ? BEST_OF_SEVERAL : ONE;
  const { low, high } =
    samples === null ? { low: best.accuracy, high: best.accuracy } : shareInterval(best.accuracy, samples, z);
  const which = finite.length > 1 ? 'The best validation accuracy' : 'The validation accuracy';
  const alone =
    largestClass === null ? `${percentText(guess)} of a guess` : `${percentText(guess)} of the largest class alone`;
  const interval =
    samples === null ? '' : ` (${plural(samples, 'image')}: between ${percentText(low)} and ${percentText(high)})`;
  return {
    learned: low > guess,
    sentence: `${which}, ${percentText(best.accuracy)}${interval}, is not above the ${alone}.`,
  };
}

/** A loss that ended above where it began, or above that of a guess where it began better; null: it did not. */
function rising({ losses, firstLoss, classes }: Course): string | null {
  const last = tail(losses);
  if (last === null || firstLoss === null) return null;
  const start = Math.max(firstLoss, classes === null ? 0 : Math.log(classes));
  if (Number.isFinite(last) && last <= start * (1 + SAME)) return null;
  return `The loss rose from ${lossText(firstLoss)} to ${lossText(last)}.`;
}

/** Where the training loss went, of a run whose validation accuracy went nowhere. */
function courseOfLoss({ losses, firstLoss, classes }: Course): string {
  const last = tail(losses);
  if (last === null || firstLoss === null || classes === null) return '';
  const guess = Math.log(classes);
  const named = `ln ${classes} = ${guess.toFixed(3)}`;
  const stays = [firstLoss, ...losses].every((loss) => Math.abs(loss / guess - 1) <= SAME);
  if (stays) return `The training loss stays at ${named}, that of a guess.`;
  if (Math.abs(last / guess - 1) <= SAME) {
    return `The training loss began at ${lossText(firstLoss)} and ended at ${lossText(last)}, that of a guess (${named}).`;
  }
  if (last < guess) {
    return `The training loss fell from ${lossText(firstLoss)} to ${lossText(last)}: what it learned holds for its training images alone.`;
  }
  return `The training loss went from ${lossText(firstLoss)} to ${lossText(last)}; that of a guess is ${named}.`;
}

/** That every image of the last evaluation got the same answer, where its answers were counted. */
function sameAnswer({ evaluations }: Course): string {
  const { answers = null, samples = null } = evaluations.at(-1) ?? {};
  if (answers === null || samples === null || !answers.includes(samples)) return '';
  return `Every one of the ${plural(samples, 'validation image')} got the same answer in the last evaluation.`;
}

/** Accuracy won in the last evaluation that makes more epochs worth trying. */
const STILL_WINNING = 0.01;
/** Validation loss above its lowest that counts as overfitting. */
const OVERFITTED = 1.25;

function learned(course: Course): Diagnosis {
  const { evaluations } = course;
  const [before, last] = evaluations.slice(-2);
  const lowest = Math.min(...evaluations.map(({ loss }) => loss));
  if (last !== undefined && evaluations.length > 1 && !knowledge({ ...course, evaluations: [last] }).learned) {
    const best = evaluations.toSorted((a, b) => b.accuracy - a.accuracy)[0]!;
    const sentence = `Lost it again: ${percentText(best.accuracy)} after epoch ${best.epoch}, and ${percentText(last.accuracy)} at the end.`;
    return { verdict: 'learned', sentence };
  }
  if (last !== undefined && last.loss > lowest * OVERFITTED && last.loss - lowest > 0.02) {
    const at = evaluations.find(({ loss }) => loss === lowest);
    const sentence = `Validation loss was lowest, ${lossText(lowest)}, after epoch ${at?.epoch}, and ended at ${lossText(last.loss)}.`;
    return { verdict: 'learned', sentence };
  }
  if (before !== undefined && last !== undefined && last.accuracy - before.accuracy >= STILL_WINNING) {
    const won = percentText(last.accuracy - before.accuracy).replace(' %', '');
    const epochs = last.epoch - before.epoch;
    const lately = epochs === 1 ? 'the last epoch' : `the last ${plural(epochs, 'epoch')}`;
    return { verdict: 'learned', sentence: `Still won ${won} points in ${lately}: more epochs may help.` };
  }
  return { verdict: 'learned', sentence: '' };
}

/** How it ended: the mean of the last tenth. */
function tail(losses: readonly number[]): number | null {
  const part = losses.slice(-Math.max(1, Math.ceil(losses.length / 10)));
  return part.length === 0 ? null : part.reduce((sum, loss) => sum + loss, 0) / part.length;
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
