import type { ActivationKind } from '../../shared/network/activation.ts';
import type { InspectedActivation } from '../../shared/protocol/inspection.ts';
import { spreadOf } from './spread.ts';

/** Beyond them, the slope is less than a twelfth of the greatest: the same place of both functions. */
const FLAT_TANH = 0.96;
const FLAT_SIGMOID = { low: 0.02, high: 0.98 };

/** What an activation let through of some images. `units`: on the last axis. */
export function lookAtActivation(
  name: string,
  kind: ActivationKind,
  values: Float32Array,
  units: number,
): InspectedActivation {
  return {
    name,
    function: kind,
    values: spreadOf(values),
    units,
    dead: deadShare(values, units),
    saturated: flatShare(values, kind),
  };
}

function deadShare(values: Float32Array, units: number): number {
  const lives = new Uint8Array(units);
  for (let index = 0; index < values.length; index += units) {
    for (let unit = 0; unit < units; unit++) if (values[index + unit] !== 0) lives[unit] = 1;
  }
  return lives.reduce((dead, life) => dead + (1 - life), 0) / units;
}

function flatShare(values: Float32Array, kind: ActivationKind): number {
  if (kind !== 'sigmoid' && kind !== 'tanh') return 0;
  let flat = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    const isFlat =
      kind === 'tanh' ? Math.abs(value) > FLAT_TANH : value < FLAT_SIGMOID.low || value > FLAT_SIGMOID.high;
    if (isFlat) flat++;
  }
  return values.length === 0 ? 0 : flat / values.length;
}
