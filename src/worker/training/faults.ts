import { EXIT, GradsocketError } from '../../shared/errors.ts';

/**
 * Faults as test inputs: `GRADSOCKET_FAULT=exit@step=5,rank=1` makes the worker of rank 1 exit while it computes step 5.
 * Inert unless the variable is set; this is the one place that reads it.
 */
export interface Fault {
  /** exit: the process ends at once, as if killed. hang: the engine's thread blocks for ever. fail: an error is thrown. */
  readonly kind: (typeof KINDS)[number];
  readonly step: number;
  readonly rank: number;
}

const KINDS = ['exit', 'hang', 'fail'] as const;
const PATTERN = /^(exit|hang|fail)@step=(\d+),rank=(\d+)$/;

export function parseFault(text: string | undefined): Fault | null {
  if (text === undefined || text === '') return null;
  const match = PATTERN.exec(text);
  if (match === null) {
    throw new GradsocketError(
      'BAD_FAULT',
      EXIT.configuration,
      `GRADSOCKET_FAULT=${text} is not understood: write exit, hang or fail, then @step=S,rank=R, or unset it.`,
    );
  }
  const kind = KINDS.find((name) => name === match[1])!;
  return { kind, step: Number(match[2]), rank: Number(match[3]) };
}

/** What the training loop calls before each microbatch. */
export function faultHook(text = process.env['GRADSOCKET_FAULT']): (step: number, rank: number) => void {
  const fault = parseFault(text);
  if (fault === null) return () => undefined;
  return (step, rank) => {
    if (step !== fault.step || rank !== fault.rank) return;
    switch (fault.kind) {
      case 'exit':
        process.kill(process.pid, 'SIGKILL');
        break;
      case 'hang':
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
        break;
      case 'fail':
        throw new Error(`GRADSOCKET_FAULT asked for an error in step ${step}`);
    }
  };
}
