import { EXIT, GradsocketError } from '../../shared/errors.ts';

/**
 * Faults as test inputs: `GRADSOCKET_FAULT=exit@step=5,rank=1` makes the worker of rank 1 exit while it computes step 5;
 * `exit@step=5,rank=1,point=half-sent` does at another point of that step, and several are separated by `;`. Each strikes
 * once. Inert unless the variable is set; this is the one place that reads it.
 */
export interface Fault {
  /**
   * exit: the process ends at once, as if killed. stop: it stands still until it is sent SIGCONT. hang: the thread blocks for
   * ever. fail: an error is thrown.
   */
  readonly kind: (typeof KINDS)[number];
  readonly step: number;
  readonly rank: number;
  readonly point: FaultPoint;
}

const KINDS = ['exit', 'stop', 'hang', 'fail'] as const;

/** Where in a step a fault can strike. */
export const FAULT_POINTS = [
  /** Before a microbatch: where no point is named. */
  'computing',
  /** All is computed that leaves first, and nothing has left. */
  'before-send',
  /** The first half of the buckets has left. */
  'half-sent',
  /** All has left, and nothing has come. */
  'all-sent',
  /** The sums of the first half of the buckets have come and are applied. */
  'half-received',
  /** All has come. */
  'before-commit',
  /** It is committed, and nobody has been told. */
  'after-commit',
  /** While digests and state are told; `step` counts committed steps, as in those that follow. */
  'checkpointing',
  /** Before a chunk of an evaluation. */
  'evaluating',
  /** When it has taken what heals it, at that step or a later one. One that is healed has no rank: any will do. */
  'healing',
] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

/** To be called wherever a fault may strike. */
export type FaultHook = (point: FaultPoint, step: number, rank: number) => void;

const PATTERN = /^(exit|stop|hang|fail)@step=(\d+),rank=(\d+)(?:,point=([a-z-]+))?$/;

export function parseFaults(text: string | undefined): readonly Fault[] {
  if (text === undefined || text === '') return [];
  return text.split(';').map((part) => {
    const match = PATTERN.exec(part.trim());
    const kind = KINDS.find((name) => name === match?.[1]);
    const point = FAULT_POINTS.find((name) => name === (match?.[4] ?? 'computing'));
    if (match === null || kind === undefined || point === undefined) {
      throw new GradsocketError(
        'BAD_FAULT',
        EXIT.configuration,
        `GRADSOCKET_FAULT=${text} is not understood: write exit, stop, hang or fail, then @step=S,rank=R, or unset it. ` +
          `With ,point=P it strikes there: ${FAULT_POINTS.join(', ')}.`,
      );
    }
    return { kind, step: Number(match[2]), rank: Number(match[3]), point };
  });
}

export function faultHook(text = process.env['GRADSOCKET_FAULT'], strike = strikeHere): FaultHook {
  const faults = [...parseFaults(text)];
  if (faults.length === 0) return () => undefined;
  return (point, step, rank) => {
    const index = faults.findIndex((fault) => fault.point === point && isDue(fault, step, rank));
    if (index === -1) return;
    const [fault] = faults.splice(index, 1);
    strike(fault!);
  };
}

function isDue(fault: Fault, step: number, rank: number): boolean {
  return fault.point === 'healing' ? step >= fault.step : step === fault.step && rank === fault.rank;
}

function strikeHere({ kind, step, point }: Fault): void {
  switch (kind) {
    case 'exit':
      process.kill(process.pid, 'SIGKILL');
      break;
    case 'stop':
      process.kill(process.pid, 'SIGSTOP');
      break;
    case 'hang':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      break;
    case 'fail':
      throw new Error(`GRADSOCKET_FAULT asked for an error in step ${step} (${point})`);
  }
}
