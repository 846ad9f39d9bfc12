import { someOf } from '../files/some.ts';

/** How many samples one class has on each side of the split. */
export interface ClassSize {
  readonly name: string;
  readonly train: number;
  readonly validation: number;
}

/** With fewer validation samples each is 5 % of the accuracy or more. */
const FEW = 20;

/** What the validation part cannot tell: sentences. */
export function splitNotices(classes: readonly ClassSize[]): readonly string[] {
  const total = classes.reduce((sum, { validation }) => sum + validation, 0);
  const validated = classes.filter(({ validation }) => validation > 0);
  const unseen = classes.filter(({ validation }) => validation === 0);
  const notices: string[] = [];
  const [only] = validated;
  if (unseen.length > 0) {
    const one = unseen.length === 1;
    const which = one ? `Class ${unseen[0]!.name} has` : `${unseen.length} of ${classes.length} classes have`;
    const named = one ? '' : ` (${someOf(unseen.map(({ name }) => name))})`;
    const single = unseen.filter(({ train }) => train === 1);
    const why =
      single.length === 0
        ? ''
        : one
          ? ', for it has a single image'
          : `, ${single.length === unseen.length ? 'each with' : `${single.length} of them with`} a single image`;
    notices.push(
      `${which} no validation sample${named}${why}: how well ${one ? 'it is' : 'they are'} recognised is not measured.`,
    );
  }
  if (validated.length === 1 && only !== undefined) {
    notices.push(`All validation samples are of one class, ${only.name}: the validation accuracy says little.`);
  }
  if (total > 0 && total < FEW) {
    const what = total === 1 ? 'is only 1 validation sample' : `are only ${total} validation samples`;
    notices.push(`There ${what}: each is ${(100 / total).toFixed(0)} % of the validation accuracy.`);
  }
  return notices;
}
