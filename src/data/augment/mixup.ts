import { RandomStream, STREAM } from '../../shared/random/stream.ts';

/** How samples are mixed. */
export interface Mixing {
  /** Both parameters of the beta distribution that shares are drawn from. */
  readonly alpha: number;
  /** Targets of a sample: as many as the network has logits. */
  readonly outputs: number;
}

/** Samples side by side, as the network gets them. */
export interface MixedSamples {
  readonly images: Float32Array;
  readonly labels: Int32Array;
  /** [n, outputs]: what the labels become. A single output is the share of the second class. */
  readonly targets: Float32Array;
}

/**
 * Blends each sample with the one behind it, the last with the first, and their labels by the same shares (Zhang et al., "mixup:
 * Beyond Empirical Risk Minimization", 2018). The larger share is always the sample's own, so that in an epoch each is once what its
 * picture mostly shows; the pair could stand the other way round as well, hence the distribution of pictures is the paper's. One
 * sample alone stays as it is.
 *
 * `shareOf`: of the sample at a place, as `mixupShare` draws it.
 */
export function mixSamples(
  { images, labels, targets }: MixedSamples,
  { outputs }: Pick<Mixing, 'outputs'>,
  shareOf: (place: number) => number,
): void {
  const count = labels.length;
  targets.fill(0);
  const size = count === 0 ? 0 : images.length / count;
  // By the time that the last one wants it, the first is mixed.
  const first = images.slice(0, size);
  for (let place = 0; place < count; place++) {
    const next = (place + 1) % count;
    const share = count === 1 ? 1 : shareOf(place);
    addTo(targets, { place, label: labels[place]!, outputs }, share);
    addTo(targets, { place, label: labels[next]!, outputs }, 1 - share);
    if (share === 1) continue;
    const own = images.subarray(place * size, (place + 1) * size);
    const other = next === 0 ? first : images.subarray(next * size, (next + 1) * size);
    for (let i = 0; i < size; i++) own[i] = share * own[i]! + (1 - share) * other[i]!;
  }
}

function addTo(
  targets: Float32Array,
  { place, label, outputs }: { readonly place: number; readonly label: number; readonly outputs: number },
  share: number,
): void {
  if (outputs > 1) targets[place * outputs + label]! += share;
  else targets[place]! += share * label;
}

/**
 * The share of a sample in its picture of an epoch, from a half to one: the larger of x and 1 - x, with x from Beta(alpha, alpha). A
 * function of (seed, epoch, sample) alone. A float32, of which 1 - share is one, too.
 */
export function mixupShare(alpha: number, seed: number, epoch: number, sample: number): number {
  const random = new RandomStream(seed, STREAM.mixup, epoch, sample);
  // By logarithms: with a small alpha both are too small for numbers, and only how they compare matters.
  const distance = Math.abs(logGamma(alpha, random) - logGamma(alpha, random));
  // The smallest alphas leave even these infinite: nothing is mixed.
  return Number.isNaN(distance) ? 1 : Math.fround(1 / (1 + Math.exp(-distance)));
}

/**
 * Logarithm of a draw from Gamma(shape, 1): Marsaglia and Tsang, "A Simple Method for Generating Gamma Variables" (2000), which
 * wants a shape of at least one; a smaller one is that of one more, times a power of a uniform number.
 */
function logGamma(shape: number, random: RandomStream): number {
  const boost = Math.log(openUniform(random)) / shape;
  const d = shape + 1 - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    const u = openUniform(random);
    if (v > 0 && Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v) + boost;
  }
}

/** Never 0, of which there is no logarithm. */
function openUniform(random: RandomStream): number {
  return (random.uint32() + 1) / (2 ** 32 + 1);
}
