/** What the schedule says of one step. */
export interface ScheduledStep {
  readonly learningRate: number;
  /** Momentum of sgd and rmsprop, beta1 of adam and adamw. */
  readonly momentum: number;
}
