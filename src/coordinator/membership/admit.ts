import { EXIT } from '../../shared/errors.ts';
import type { Job } from '../../shared/job/schema.ts';
import { type Deaths, isBarred } from './crash-loop.ts';
import type { Workers } from './facts.ts';
import type { Message } from './member.ts';
import { otherThreads } from './start-checks.ts';
import { plural } from '../../shared/plural.ts';

export interface Refusal {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
}

/** Whether this worker may take part, as a member or as a spare; null: it may. */
export function refusalOf(
  hello: Message<'hello'>,
  run: {
    readonly present: number;
    readonly workers: Workers;
    readonly job: Pick<Job, 'topology' | 'engine' | 'threads'>;
    /** A mesh runs already. */
    readonly begun: boolean;
    readonly deaths: Deaths | undefined;
  },
): Refusal | null {
  const { present, workers, job, begun, deaths } = run;
  if (isBarred(deaths)) {
    return {
      exitCode: deaths.exitCode,
      code: deaths.code,
      message: `${hello.name} died at step ${deaths.step} ${deaths.times} times in a row, and is not let in again. The last time: ${deaths.why}`,
    };
  }
  if (present >= 2 * workers.max) {
    return {
      exitCode: EXIT.tryAgain,
      code: 'RUN_FULL',
      message:
        `This run has the ${plural(workers.max, 'worker')} that it wants (--max-workers ${workers.max}), and as many spares; ` +
        `${hello.name} is one too many.`,
    };
  }
  if (begun && job.topology === 'mesh' && hello.address === null) {
    return {
      exitCode: EXIT.configuration,
      code: 'NO_TOPOLOGY',
      message: `--topology mesh needs workers that reach each other, but ${hello.name} accepts no connection. Start it with --listen.`,
    };
  }
  return otherThreads(hello, job);
}
