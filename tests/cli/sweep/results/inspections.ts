import type {
  InspectedActivation,
  InspectedLayer,
  Inspection,
  Spread,
} from '../../../../src/shared/protocol/inspection.ts';

const SPREAD: Spread = { count: 2, notFinite: 0, mean: 0, deviation: 1, min: -1, max: 1, bins: [1, 1] };

export function layer(name: string, norm: number, changes: Partial<InspectedLayer> = {}): InspectedLayer {
  return {
    name,
    gradient: { norm, values: SPREAD },
    update: { ratio: 1e-3, values: SPREAD },
    weightNorm: 1,
    alike: false,
    ...changes,
  };
}

export function activation(name: string, changes: Partial<InspectedActivation> = {}): InspectedActivation {
  return { name, function: 'relu', values: SPREAD, units: 8, dead: 0, saturated: 0, ...changes };
}

export function inspection(changes: Partial<Inspection> = {}): Inspection {
  return {
    step: 50,
    images: 16,
    layers: [layer('conv1', 0.2), layer('fc1', 0.3), layer('fc2', 0.5)],
    activations: [activation('act1'), activation('fc1.act')],
    ...changes,
  };
}
