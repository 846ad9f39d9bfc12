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
  return newest === undefined ? null : (symmetric(newest) ?? dead(newest) ?? saturated(newest) ?? vanished(newest));
}

/** Units that are alike get the same gradient, and stay alike. The head is no part of it: two classes may mirror each other. */
function symmetric({ step, layers }: Inspection): Cause | null {
  const alike = layers.slice(0, -1).filter((layer) => layer.alike);
  if (alike.length === 0) return null;
  const unreached = alike.filter(({ gradient }) => gradient.norm === 0);
  const reach = unreached.length === 0 ? '' : ` No gradient reaches ${namesOf(unreached)}.`;
  return {
    verdict: 'symmetric',
    lasting: true,
    sentence: `Symmetric: at step ${step} all units of ${namesOf(alike)} have the same weights, and what is alike stays alike.${reach}`,
  };
}

function dead({ step, layers, activations, images }: Inspection): Cause | null {
  const silent = activations.filter((activation) => activation.dead === 1);
  const unreached = layers.filter(({ gradient }) => gradient.norm === 0);
  if (silent.length > 0) {
    const reach = unreached.length === 0 ? '' : ` No gradient reaches ${namesOf(unreached)}.`;
    return {
      verdict: 'dead',
      // Of relus that happened to be silent for a few images alone, a gradient still speaks.
      lasting: unreached.length > 0,
      sentence: `Dead: at step ${step} every unit of ${namesOf(silent)} is zero for all of ${images} images.${reach}`,
    };
  }
  if (unreached.length === 0) return null;
  return {
    verdict: 'dead',
    lasting: true,
    sentence: `Dead: at step ${step} no gradient reaches ${namesOf(unreached)}.`,
  };
}

function saturated({ step, activations }: Inspection): Cause | null {
  const flat = activations.filter((activation) => activation.saturated >= MOST);
  if (flat.length === 0) return null;
  const most = Math.max(...flat.map((activation) => activation.saturated));
  return {
    verdict: 'saturated',
    lasting: false,
    sentence: `Saturated: at step ${step} up to ${percentText(most)} of the values of ${namesOf(flat)} lie where the function is flat.`,
  };
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
