import { join } from 'node:path';
import { writeFileAtomically } from '../../../shared/checkpoint/atomic-file.ts';
import type { FoundRate } from './find.ts';

/** Leaves what a range test has found in the folder of the run, which is there by now. */
export async function keepRange(runDir: string, { rate, plot, tried }: FoundRate): Promise<void> {
  await writeFileAtomically(join(runDir, 'lr-range.svg'), plot);
  await writeFileAtomically(join(runDir, 'lr-range.json'), `${JSON.stringify({ rate, tried })}\n`);
}
