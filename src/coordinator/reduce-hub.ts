import { bucketsOnWire, type ReduceBucket } from '../collective/wire.ts';
import { StarHub } from '../collective/star-hub.ts';
import { SharedArena } from '../collective/kernels/shared-arena.ts';
import { Kernels } from '../collective/kernels/kernels.ts';
import type { LinkServer } from '../shared/link/link-server.ts';
import { stepBuckets } from '../shared/network/buckets.ts';
import { buildNetwork } from '../shared/network/build.ts';
import { stepVectorLayout } from '../shared/network/layout.ts';
import type { DatasetDescription } from '../shared/protocol/shared.ts';
import type { Generation } from './membership/model.ts';
import type { ReduceHub } from './membership/run-options.ts';
import type { CompleteJob } from '../shared/job/complete.ts';

/** Serves the star's fold on the coordinator's own port, one generation after the other. */
export class StarReduceHub implements ReduceHub {
  readonly #link: LinkServer;
  readonly #kernels: Kernels;
  readonly #buckets: readonly ReduceBucket[];
  readonly #fresh: number;
  #hub: StarHub | null = null;

  private constructor(link: LinkServer, kernels: Kernels, buckets: readonly ReduceBucket[]) {
    this.#link = link;
    this.#kernels = kernels;
    this.#buckets = buckets;
    this.#fresh = kernels.arena.mark();
  }

  static async create(link: LinkServer, job: CompleteJob, dataset: DatasetDescription): Promise<StarReduceHub> {
    const network = buildNetwork(job, dataset.imageShape, dataset.classes.length);
    const { ranges } = stepBuckets(network, stepVectorLayout(network));
    return new StarReduceHub(link, await Kernels.load(new SharedArena()), bucketsOnWire(ranges, job.wire));
  }

  open(generation: Generation, onLost: (rank: number, reason: string) => void): void {
    this.close();
    this.#kernels.arena.release(this.#fresh);
    const { number, key, firstStep, members, microbatches } = generation;
    this.#hub = new StarHub({
      group: {
        generation: number,
        firstStep,
        ranks: members.length,
        leaves: microbatches.at(-1)?.end ?? 0,
        held: microbatches,
        buckets: this.#buckets,
      },
      kernels: this.#kernels,
      onLost,
    });
    this.#hub.serve(this.#link, key);
  }

  close(): void {
    this.#hub?.close();
    this.#hub = null;
  }
}
