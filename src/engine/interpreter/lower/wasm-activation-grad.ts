import { type ActivationKind, LEAKY_RELU_SLOPE } from '../../program/steps/operations.ts';
import { sizeOf } from '../../../shared/network/layout.ts';
import { shareOf } from '../threads/share.ts';
import type { Team } from '../threads/team.ts';
import type { Kind, Lowering } from './lowering.ts';

/** As in assembly/training/activation-gradient.ts. */
const NUMBERS: { readonly [Name in ActivationKind]: number } = { relu: 0, leaky_relu: 1, sigmoid: 2, tanh: 3 };

export function activationGradientLowering(team: Team): Lowering<Kind<'activationGrad'>> {
  return (backend, { kind }, [dy, y], [shape]) => {
    const dx = backend.allocate(shape!);
    const [to, gradient, output] = backend.addresses(dx, dy!, y!);
    team.run('activationGradient', (part) => {
      const { first, count } = shareOf(sizeOf(shape!), 4, part, team.parts);
      const start = 4 * first;
      return {
        dx: to + start,
        dy: gradient + start,
        y: output + start,
        kind: NUMBERS[kind],
        slope: LEAKY_RELU_SLOPE,
        count,
      };
    });
    return [dx];
  };
}
