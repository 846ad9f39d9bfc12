import type { OperationKind, Padding, Window } from '../../program/steps/operations.ts';
import type { Shape } from '../../program/rules/rule.ts';
import type { Backend, Tensor } from '../backend/backend.ts';

/** The operation of this name. */
export type Kind<Name extends OperationKind['op']> = Extract<OperationKind, { op: Name }>;

/**
 * Runs one operation: takes its inputs and the shapes of its outputs, returns the outputs, which the caller releases.
 * Inputs stay the caller's.
 */
export type Lowering<K extends OperationKind> = (
  backend: Backend,
  operation: K,
  inputs: readonly Tensor[],
  shapes: readonly Shape[],
) => readonly Tensor[];

/** All but what only programs in bfloat16 have: tfjs's backends know float32 alone. */
export type LoweringTable = { readonly [Name in Exclude<OperationKind['op'], 'cast'>]: Lowering<Kind<Name>> };

/** tfjs's form of explicit padding. */
function explicitPadding({ top, bottom, left, right }: Padding): readonly (readonly [number, number])[] {
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

/** Attributes of tfjs's Conv2D and its gradients. */
export function convolutionAttributes({ strides, padding }: Window) {
  return { strides, pad: explicitPadding(padding), dilations: [1, 1], dataFormat: 'NHWC' };
}

/** Attributes of tfjs's pooling kernels. */
export function poolAttributes({ size, strides, padding }: Window) {
  return { filterSize: size, strides, pad: explicitPadding(padding) };
}
