/**
 * Exponential means, without the pull towards zero that they have at their beginning: at 0 the values themselves, near 1 hardly
 * any change. What is no number is left out, and stays a gap.
 */
export function smoothed(values: readonly (number | null)[], weight: number): readonly (number | null)[] {
  let mean = 0;
  let weights = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return null;
    mean = mean * weight + value * (1 - weight);
    weights = weights * weight + (1 - weight);
    return mean / weights;
  });
}
