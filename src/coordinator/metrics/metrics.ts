import { type Described, type Exposition, MetricSet } from '../../shared/metrics/metric-set.ts';
import type { RunStatus } from '../http/status.ts';
import type { RunEvent } from '../progress/events.ts';
import type { RunHistory } from '../progress/history.ts';
import { CheckpointMetrics, type OnDisk } from './checkpoints.ts';
import { LinkMetrics, type LinksSeen } from './links.ts';
import { MembershipMetrics } from './membership.ts';
import { ShareMetrics } from './shares.ts';
import { RunMetrics } from './run.ts';
import { TrainingMetrics } from './training.ts';

/** What is looked at when somebody asks, rather than told when it happens. */
export interface Look {
  readonly status: RunStatus;
  /** Of the run; null: it is not open yet. */
  readonly id: string | null;
  readonly links: LinksSeen;
  readonly checkpointsWaiting: number;
  /** Bytes that may still be written in the run folder; null: the system does not say. */
  readonly freeDisk: number | null;
}

/** What is on record of a run when it is opened. */
export interface Opened {
  readonly history: Pick<RunHistory, 'lastStep' | 'lastEvaluation' | 'samples'>;
  /** Committed steps. */
  readonly steps: number;
  /** null: there is no checkpoint. */
  readonly checkpoint: OnDisk | null;
}

export interface MetricsOptions {
  readonly version: string;
  /** PEM text, with which is served; null: none. */
  readonly certificate?: string | null;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** All metrics of the coordinator. Others know the verbs only. */
export class Metrics {
  readonly #set: MetricSet;
  readonly #parts: {
    readonly run: RunMetrics;
    readonly training: TrainingMetrics;
    readonly shares: ShareMetrics;
    readonly membership: MembershipMetrics;
    readonly checkpoints: CheckpointMetrics;
    readonly links: LinkMetrics;
  };

  constructor({ version, certificate = null, now = Date.now }: MetricsOptions) {
    const set = new MetricSet(version);
    this.#set = set;
    this.#parts = {
      run: new RunMetrics(set, now),
      training: new TrainingMetrics(set, now),
      shares: new ShareMetrics(set),
      membership: new MembershipMetrics(set, now),
      checkpoints: new CheckpointMetrics(set, now),
      links: new LinkMetrics(set, certificate),
    };
  }

  /** What there is, for documentation. */
  get described(): readonly Described[] {
    return this.#set.described;
  }

  /** The run goes on from what is on record; what was known is known from the first moment. */
  opened(opened: Opened): void {
    this.#parts.training.opened(opened);
    this.#parts.checkpoints.opened(opened.checkpoint);
  }

  observe(event: RunEvent): void {
    const { run, training, shares, membership, checkpoints } = this.#parts;
    for (const part of [run, training, shares, membership, checkpoints]) part.observe(event);
  }

  turnedAway(reason: string): void {
    this.#parts.links.turnedAway(reason);
    this.#parts.run.fault('protocol');
  }

  samplesSent(bytes: number): void {
    this.#parts.links.samplesSent(bytes);
  }

  /** The text that Prometheus scrapes, and its content type. */
  expose(look: Look): Promise<Exposition> {
    const { run, training, shares, membership, checkpoints, links } = this.#parts;
    run.look(look);
    training.look(look.status);
    shares.look(look.status);
    membership.look(look.status);
    checkpoints.look(look);
    links.look(look.links);
    return this.#set.expose();
  }
}
