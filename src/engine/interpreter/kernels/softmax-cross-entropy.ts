/** A label out of range is a bug of whoever decoded it, and would poison training silently: it throws. */
export function checkLabels(labels: Int32Array, classes: number): void {
  for (const label of labels) {
    if (!(label >= 0 && label < classes)) throw new RangeError(`label ${label} is not one of ${classes} classes`);
  }
}

/**
 * Loss of each sample and its gradient with respect to the logits. Targets are (1 - s) * onehot + s / classes. Labels
 * must have been checked.
 */
export function softmaxCrossEntropy(
  logits: Float32Array,
  labels: Int32Array,
  smoothing: number,
  losses: Float32Array,
  gradient: Float32Array,
): void {
  const samples = labels.length;
  const classes = logits.length / samples;
  const exponentials = new Float64Array(classes);
  for (let n = 0; n < samples; n++) {
    const row = n * classes;
    const label = labels[n]!;
    let largest = -Infinity;
    let mean = 0;
    for (let k = 0; k < classes; k++) {
      largest = Math.max(largest, logits[row + k]!);
      mean += logits[row + k]! / classes;
    }
    let sum = 0;
    for (let k = 0; k < classes; k++) {
      exponentials[k] = Math.exp(logits[row + k]! - largest);
      sum += exponentials[k]!;
    }
    // -sum(target * (logit - logsumexp)); targets sum to one.
    losses[n] = largest + Math.log(sum) - (1 - smoothing) * logits[row + label]! - smoothing * mean;
    for (let k = 0; k < classes; k++) {
      gradient[row + k] = exponentials[k]! / sum - smoothing / classes - (k === label ? 1 - smoothing : 0);
    }
  }
}
