/** What the classes of a sample count in its loss: weights times targets, smoothed. */
export type CountOf = (sample: number, k: number) => number;

interface Counting {
  readonly labelSmoothing: number;
  /** One for each class; absent: all are one. */
  readonly classWeights?: readonly number[] | undefined;
}

/** Targets from labels, which must have been checked. */
export function countsOfLabels(labels: Int32Array, classes: number, counting: Counting): CountOf {
  return (sample, k) => counted(k === labels[sample] ? 1 : 0, k, classes, counting);
}

/** Targets as they are given: the share of each class, or where there is a single one the share of the second class of two. */
export function countsOfTargets(targets: Float32Array, outputs: number, counting: Counting): CountOf {
  if (outputs > 1) return (sample, k) => counted(targets[sample * outputs + k]!, k, outputs, counting);
  return (sample, k) => counted(k === 1 ? targets[sample]! : 1 - targets[sample]!, k, 2, counting);
}

function counted(share: number, k: number, classes: number, { labelSmoothing, classWeights }: Counting): number {
  return (classWeights?.[k] ?? 1) * ((1 - labelSmoothing) * share + labelSmoothing / classes);
}

/**
 * Cross-entropy with a weight for each class, as PyTorch's CrossEntropyLoss has it before it divides: with targets t and
 * weights w, the loss of a sample is -sum(w_k t_k log p_k). Its gradient is s p - w t, where s = sum(w_k t_k).
 */
export function weightedSoftmaxCrossEntropy(
  logits: Float32Array,
  countOf: CountOf,
  losses: Float32Array,
  gradient: Float32Array,
): void {
  const samples = losses.length;
  const classes = logits.length / samples;
  const exponentials = new Float64Array(classes);
  const counts = new Float64Array(classes);
  for (let n = 0; n < samples; n++) {
    const row = n * classes;
    let largest = -Infinity;
    for (let k = 0; k < classes; k++) largest = Math.max(largest, logits[row + k]!);
    let sum = 0;
    for (let k = 0; k < classes; k++) {
      exponentials[k] = Math.exp(logits[row + k]! - largest);
      sum += exponentials[k]!;
    }
    const logSum = largest + Math.log(sum);
    let loss = 0;
    let share = 0;
    for (let k = 0; k < classes; k++) {
      const part = countOf(n, k);
      counts[k] = part;
      // A class that does not count must not make NaN of a logit that is infinite.
      if (part > 0) loss += part * (logSum - logits[row + k]!);
      share += part;
    }
    losses[n] = loss;
    for (let k = 0; k < classes; k++) gradient[row + k] = (share * exponentials[k]!) / sum - counts[k]!;
  }
}

/** The same of the logits 0 and x, for x alone. */
export function weightedSigmoidCrossEntropy(
  logits: Float32Array,
  countOf: CountOf,
  losses: Float32Array,
  gradient: Float32Array,
): void {
  for (let n = 0; n < losses.length; n++) {
    const logit = logits[n]!;
    const first = countOf(n, 0);
    const second = countOf(n, 1);
    const small = Math.exp(-Math.abs(logit));
    losses[n] = (first + second) * (Math.max(logit, 0) + Math.log1p(small)) - second * logit;
    gradient[n] = ((first + second) * (logit >= 0 ? 1 : small)) / (1 + small) - second;
  }
}
