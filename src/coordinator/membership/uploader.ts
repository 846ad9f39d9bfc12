import type { Holding } from './agree.ts';
import { plural } from '../../shared/plural.ts';

/** With what people call the worker, where it is known. */
interface NamedHolding extends Holding {
  readonly name?: string;
}

export type UploadDecision =
  | { readonly from: string; readonly step: number; readonly why: string }
  | { readonly from: null; readonly why: string };

/**
 * Who is asked for a checkpoint after a halt: the first of those that hold the newest committed step. Nobody, where no
 * step was committed or a checkpoint of that step is on disk already.
 */
export function chooseUploader(holdings: readonly NamedHolding[], savedStep: number): UploadDecision {
  const newest = Math.max(0, ...holdings.map(({ step }) => step));
  if (holdings.length === 0) return { from: null, why: 'no worker is left that could send its state' };
  if (newest === 0) return { from: null, why: 'no step was committed, so there is nothing to save' };
  if (newest <= savedStep) return { from: null, why: `the checkpoint of step ${savedStep} is the newest state` };
  const { worker, name = worker } = holdings.find(({ step }) => step === newest)!;
  const others = holdings.length - 1;
  return {
    from: worker,
    step: newest,
    why: `${name} has committed ${plural(newest, 'step')}, ${others === 0 ? 'and is the only one left' : 'as many as any other'}`,
  };
}
