/** A number for each name. */
export type Named<Names extends string> = { readonly [Name in Names]: number };

/** Functions of a WebAssembly module: it checks neither the names nor the order of what it is given. */
export type BareCalls<Name extends string, Result> = Readonly<Record<Name, (...numbers: readonly number[]) => Result>>;

/** What every update rule takes. */
type Update = 'toParameters' | 'parameters' | 'gradients' | 'count' | 'gradientScale' | 'weightDecay';

/**
 * What kernels.wasm exports (assembly/index.ts). Vectors are byte addresses, `count` counts floats. `toX` is where the next X
 * goes, and may be where X is.
 */
export interface KernelCalls {
  copy(values: Named<'to' | 'from' | 'count'>): void;
  add(values: Named<'to' | 'a' | 'b' | 'count'>): void;
  scale(values: Named<'to' | 'from' | 'factor' | 'count'>): void;
  sumOfSquares(values: Named<'from' | 'count'>): number;
  fold(values: Named<'to' | 'program' | 'length' | 'sources' | 'stack' | 'scratch' | 'count'>): void;
  addBfloat16(values: Named<'to' | 'a' | 'b' | 'count'>): void;
  narrow(values: Named<'to' | 'from' | 'count'>): void;
  widen(values: Named<'to' | 'from' | 'count'>): void;
  foldBfloat16(values: Named<'to' | 'program' | 'length' | 'sources' | 'stack' | 'scratch' | 'count'>): void;
  sgd(values: Named<Update | 'rate'>): void;
  sgdMomentum(
    values: Named<Update | 'toVelocities' | 'velocities' | 'rate' | 'momentum' | 'undamped' | 'nesterov'>,
  ): void;
  adam(
    values: Named<
      | Update
      | ('toMeans' | 'toSquares' | 'means' | 'squares')
      | ('stepSize' | 'oneMinusBeta1' | 'beta2' | 'oneMinusBeta2' | 'correction' | 'epsilon' | 'shrink')
    >,
  ): void;
  /** An address of 0: there is no such vector. */
  rmsprop(
    values: Named<
      | Update
      | ('toSquares' | 'toMeans' | 'toVelocities' | 'squares' | 'means' | 'velocities')
      | ('rate' | 'alpha' | 'oneMinusAlpha' | 'epsilon' | 'momentum')
    >,
  ): void;
}

/** The only place that knows the order in which assembly/ declares parameters; a test compares. */
export function kernelCalls(bare: BareCalls<keyof KernelCalls, number>): KernelCalls {
  return {
    copy: (v) => bare.copy(v.to, v.from, v.count),
    add: (v) => bare.add(v.to, v.a, v.b, v.count),
    scale: (v) => bare.scale(v.to, v.from, v.factor, v.count),
    sumOfSquares: (v) => bare.sumOfSquares(v.from, v.count),
    fold: (v) => bare.fold(v.to, v.program, v.length, v.sources, v.stack, v.scratch, v.count),
    addBfloat16: (v) => bare.addBfloat16(v.to, v.a, v.b, v.count),
    narrow: (v) => bare.narrow(v.to, v.from, v.count),
    widen: (v) => bare.widen(v.to, v.from, v.count),
    foldBfloat16: (v) => bare.foldBfloat16(v.to, v.program, v.length, v.sources, v.stack, v.scratch, v.count),
    sgd: (v) => bare.sgd(v.toParameters, v.parameters, v.gradients, v.count, v.gradientScale, v.weightDecay, v.rate),
    sgdMomentum: (v) =>
      bare.sgdMomentum(
        v.toParameters,
        v.toVelocities,
        v.parameters,
        v.velocities,
        v.gradients,
        v.count,
        v.gradientScale,
        v.weightDecay,
        v.rate,
        v.momentum,
        v.undamped,
        v.nesterov,
      ),
    adam: (v) =>
      bare.adam(
        v.toParameters,
        v.toMeans,
        v.toSquares,
        v.parameters,
        v.means,
        v.squares,
        v.gradients,
        v.count,
        v.gradientScale,
        v.weightDecay,
        v.stepSize,
        v.oneMinusBeta1,
        v.beta2,
        v.oneMinusBeta2,
        v.correction,
        v.epsilon,
        v.shrink,
      ),
    rmsprop: (v) =>
      bare.rmsprop(
        v.toParameters,
        v.toSquares,
        v.toMeans,
        v.toVelocities,
        v.parameters,
        v.squares,
        v.means,
        v.velocities,
        v.gradients,
        v.count,
        v.gradientScale,
        v.weightDecay,
        v.rate,
        v.alpha,
        v.oneMinusAlpha,
        v.epsilon,
        v.momentum,
      ),
  };
}
