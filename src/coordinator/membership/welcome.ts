import { stateParts } from '../../shared/checkpoint/assembly.ts';
import type { Member } from './member.ts';
import type { RunOptions } from './run-options.ts';

/** Tells a worker what the run is about and, of a resumed run, where it stands. Rejects when its channel closes. */
export async function welcome(
  { id, channel }: Member,
  { job, dataset, plan, resume }: Pick<RunOptions, 'job' | 'dataset' | 'plan' | 'resume'>,
  bytes: Uint8Array | null,
): Promise<void> {
  const { microbatches } = plan;
  const from = resume === null || bytes === null ? null : { step: resume.step, bytes: bytes.byteLength };
  channel.send({ type: 'welcome', workerId: id, job, dataset, microbatches, resume: from });
  if (from === null || bytes === null) return;
  for (const part of stateParts(from.step, bytes)) {
    await channel.drained();
    channel.send(part);
  }
}
