/**
 * Cross-entropy with a weight for each class, as PyTorch's CrossEntropyLoss has it before it divides: with targets t and
 * weights w, the loss of a sample is -sum(w_k t_k log p_k). Its gradient is s p - w t, where s = sum(w_k t_k). Labels must
 * have been checked.
 */
export function weightedSoftmaxCrossEntropy(
  logits: Float32Array,
  labels: Int32Array,
  { labelSmoothing, classWeights }: { readonly labelSmoothing: number; readonly classWeights: readonly number[] },
  losses: Float32Array,
  gradient: Float32Array,
): void {
  const samples = labels.length;
  const classes = classWeights.length;
  const exponentials = new Float64Array(classes);
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
      const part = weightedTarget(classWeights, k, labels[n]!, labelSmoothing);
      // A class that does not count must not make NaN of a logit that is infinite.
      if (part > 0) loss += part * (logSum - logits[row + k]!);
      share += part;
    }
    losses[n] = loss;
    for (let k = 0; k < classes; k++) {
      const part = weightedTarget(classWeights, k, labels[n]!, labelSmoothing);
      gradient[row + k] = (share * exponentials[k]!) / sum - part;
    }
  }
}

/** The same of the logits 0 and x, for x alone. */
export function weightedSigmoidCrossEntropy(
  logits: Float32Array,
  labels: Int32Array,
  { labelSmoothing, classWeights }: { readonly labelSmoothing: number; readonly classWeights: readonly number[] },
  losses: Float32Array,
  gradient: Float32Array,
): void {
  for (let n = 0; n < labels.length; n++) {
    const logit = logits[n]!;
    const first = weightedTarget(classWeights, 0, labels[n]!, labelSmoothing);
    const second = weightedTarget(classWeights, 1, labels[n]!, labelSmoothing);
    const small = Math.exp(-Math.abs(logit));
    losses[n] = (first + second) * (Math.max(logit, 0) + Math.log1p(small)) - second * logit;
    gradient[n] = ((first + second) * (logit >= 0 ? 1 : small)) / (1 + small) - second;
  }
}

function weightedTarget(weights: readonly number[], k: number, label: number, smoothing: number): number {
  return weights[k]! * ((k === label ? 1 - smoothing : 0) + smoothing / weights.length);
}
