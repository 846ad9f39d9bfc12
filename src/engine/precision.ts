import { EXIT, GradsocketError } from '../shared/errors.ts';
import type { Precision } from './program/build.ts';
import type { Engine } from './interface/engine.ts';

/** @throws GradsocketError where `engine` does not compute in `precision` */
export function checkPrecision(engine: Pick<Engine, 'name' | 'precisions'>, precision: Precision): void {
  if (engine.precisions.includes(precision)) return;
  throw new GradsocketError(
    'PRECISION_UNSUPPORTED',
    EXIT.configuration,
    `--precision ${precision} is not something that the ${engine.name} engine can compute in: it offers ${engine.precisions.join(', ')}. ` +
      'Use --engine tensorflow (gradsocket setup installs it), or leave --precision out.',
  );
}
