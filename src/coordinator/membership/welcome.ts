import { stateParts } from '../../shared/checkpoint/assembly.ts';
import type { CoordinatorChannel } from '../../shared/link/channel.ts';
import type { CompleteJob } from '../../shared/job/complete.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import type { Beginning } from './keeper.ts';

export interface Welcoming {
  readonly workerId: string;
  /** Names the run. */
  readonly run: string;
  readonly job: CompleteJob;
  readonly dataset: DatasetDescription;
  readonly microbatches: number;
  /** null: it starts from initial values, or is healed. */
  readonly beginning: Beginning | null;
  readonly heal: boolean;
  /** How often it was welcomed, with this. */
  readonly nth: number;
}

/** Tells a worker what the run is about and, of a resumed run, where it stands. Rejects when its channel closes. */
export async function welcome(channel: CoordinatorChannel, { beginning, heal, ...about }: Welcoming): Promise<void> {
  const resume = beginning === null ? null : { step: beginning.step, bytes: beginning.bytes.byteLength };
  channel.send({ type: 'welcome', ...about, resume, ...(heal ? { heal } : {}) });
  if (beginning === null) return;
  for (const part of stateParts(beginning.step, beginning.bytes)) {
    await channel.drained();
    channel.send(part);
  }
}
