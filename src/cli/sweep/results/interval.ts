/** Bounds between which a value lies, as far as chance tells. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Wilson's interval of a share that was measured over `samples`. `z`: 1.96 for 95 %, 2.576 for 99 %. */
export function shareInterval(share: number, samples: number, z: number): Interval {
  const square = z * z;
  const middle = (share + square / (2 * samples)) / (1 + square / samples);
  const half =
    (z / (1 + square / samples)) * Math.sqrt((share * (1 - share)) / samples + square / (4 * samples * samples));
  return { low: middle - half, high: middle + half };
}

/** Two-sided 95 % quantiles of Student's t by degrees of freedom, from 1 on. */
const T95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** 95 % interval of the mean that some values are drawn around; null: fewer than two of them tell nothing of it. */
export function meanInterval(values: readonly number[]): Interval | null {
  const freedom = values.length - 1;
  if (freedom < 1) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / freedom;
  // Beyond the table the quantile nears the normal one as 1.96 + 2.4 / freedom.
  const half = (T95[freedom - 1] ?? 1.96 + 2.4 / freedom) * Math.sqrt(variance / values.length);
  return { low: mean - half, high: mean + half };
}
