import type { Inspection } from '../../../shared/protocol/inspection.ts';
import { percentText } from '../../ui/text.ts';

/** What the looks inside a network show to be wrong with it. */
export interface Cause {
  readonly verdict: 'symmetric' | 'dead' | 'saturated' | 'unlearned';
  /** More steps would not change it. */
  readonly lasting: boolean;
  readonly sentence: string;
}

/** A share of units or values that leaves a layer next to nothing to learn with. */
const MOST = 0.9;
/** A gradient smaller by this factor than the network's largest hardly moves its weights. */
const VANISHED = 1e-4;
const NAMED = 4;

/** By the newest look; null: nothing is wrong that it would show, or nobody looked. */
export function causeIn(inspections: readonly Inspection[]): Cause | null {
  const newest = inspections.at(-1);
  if (newest === undefined) return null;
  return symmetric(newest) ?? silent(newest) ?? saturated(newest) ?? unreached(newest) ?? vanished(newest);
}

/** Units that are alike get the same gradient, and stay alike. The head is no part of it: two classes may mirror each other. */
function symmetric({ step, layers }: Inspection): Cause | null {
  const alike = layers.slice(0, -1).filter((layer) => layer.alike);
  if (alike.length === 0) return null;
  return {
    verdict: 'symmetric',
    lasting: true,
    sentence: `Symmetric: at step ${step} all units of ${namesOf(alike)} have the same weights, and what is alike stays alike.${reachOf(alike)}`,
  };
}

function silent({ step, layers, activations, images }: Inspection): Cause | null {
  const zero = activations.filter((activation) => activation.dead === 1);
  if (zero.length === 0) return null;
  const reach = reachOf(layers);
  return {
    verdict: 'dead',
    // Of relus that happened to be silent for a few images alone, a gradient still speaks.
    lasting: reach !== '',
    sentence: `Dead: at step ${step} every unit of ${namesOf(zero)} is zero for all of ${images} images.${reach}`,
  };
}

function saturated({ step, layers, activations }: Inspection): Cause | null {
  const flat = activations.filter((activation) => activation.saturated >= MOST);
  if (flat.length === 0) return null;
  const most = Math.max(...flat.map((activation) => activation.saturated));
  const reach = reachOf(layers);
  return {
    verdict: 'saturated',
    // What gets no gradient at all does not come away from where it is flat.
    lasting: reach !== '',
    sentence: `Saturated: at step ${step} up to ${percentText(most)} of the values of ${namesOf(flat)} lie where the function is flat.${reach}`,
  };
}

/** Without anything that would say why. */
function unreached({ step, layers }: Inspection): Cause | null {
  const some = layers.filter(({ gradient }) => gradient.norm === 0);
  if (some.length === 0) return null;
  return { verdict: 'dead', lasting: true, sentence: `Dead: at step ${step} no gradient reaches ${namesOf(some)}.` };
}

/** A sentence to go behind another one, or nothing. */
function reachOf(layers: Inspection['layers']): string {
  const some = layers.filter(({ gradient }) => gradient.norm === 0);
  return some.length === 0 ? '' : ` No gradient reaches ${namesOf(some)}.`;
}

function vanished({ step, layers }: Inspection): Cause | null {
  const norms = layers.map(({ gradient }) => gradient.norm).filter((norm) => Number.isFinite(norm));
  const [first] = layers;
  const largest = Math.max(...norms);
  if (first === undefined || !(first.gradient.norm < largest * VANISHED)) return null;
  return {
    verdict: 'unlearned',
    lasting: false,
    sentence:
      `The gradient vanishes on the way down: at step ${step} that of ${first.name} is ${first.gradient.norm.toExponential(1)}, ` +
      `the largest ${largest.toExponential(1)}.`,
  };
}

function namesOf(layers: readonly { readonly name: string }[]): string {
  const names = layers.slice(0, NAMED).map(({ name }) => name);
  const more = layers.length - names.length;
  if (more > 0) return `${names.join(', ')} and ${more} more`;
  return names.join(', ').replace(/, ([^,]*)$/, ' and $1');
}
