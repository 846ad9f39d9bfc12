import type { BestCheckpoint, Measured } from '../../shared/checkpoint/best.ts';
import type { Range } from '../../shared/plan/microbatches.ts';
import type { Inspection } from '../../shared/protocol/inspection.ts';
import type { AgreedDigests } from '../progress/agreement.ts';
import type { CourseChange } from '../progress/course-change.ts';
import type { RunSummary } from '../progress/events.ts';
import type { EvaluationLine, RunHistory, StepLine } from '../progress/history.ts';
import type { CommittedStep } from '../progress/step-collector.ts';

/** What a run has on the disk. Everything but `announce`, `rewind`, `beginning` and `summary` returns at once and is written later. */
export interface Keeper {
  readonly ledger: {
    /** Names the run, also after a restart. */
    readonly id: string;
    /** On record. */
    readonly steps: number;
    /** The highest number that any generation had; 0: there was none. */
    readonly lastGeneration: number;
    /** The last one, as far as it takes to go on with it; null: there was none, or an older version recorded it. */
    readonly generation: KeptGeneration | null;
    readonly changes: readonly CourseChange[];
  };
  /** Another object after a `rewind`. */
  readonly history: RunHistory;
  /** What the steps before this start of the coordinator took. */
  readonly secondsBefore: number;
  readonly checkpoints: {
    /** Newest step on disk, 0 for none. */
    readonly savedStep: number;
    readonly savedFile: string | null;
    readonly bestFile: string | null;
    readonly best: BestCheckpoint | null;
    /** Until none waits to be written. Never rejects. */
    idle(): Promise<void>;
    rate(step: number, measured: Measured): void;
    disown(step: number): void;
  };
  /** Training begins for the first time since this start. */
  begin(): void;
  /** Throws on a step that would break the count. */
  step(
    generation: number,
    step: CommittedStep,
    microbatches: Readonly<Record<string, readonly [number, number]>>,
  ): void;
  metrics(line: Omit<StepLine, 'time'> | Omit<EvaluationLine, 'time'>): void;
  /** A look inside the network. */
  inspected(inspection: Inspection): void;
  checkpoint(step: number, bytes: Uint8Array, agreed: AgreedDigests): void;
  wouldBeBest(step: number): boolean;
  log(entry: object): void;
  summary(summary: RunSummary): Promise<void>;
  /** Resolves when it is on the disk: until then nobody may hear of the generation. */
  announce(generation: KeptGeneration): Promise<void>;
  /** Nobody holds more than `steps`: what is on record of later ones is cut off. */
  rewind(steps: number): Promise<void>;
  /** What workers begin with: the newest checkpoint, or given weights; null: initial values. */
  beginning(): Promise<Beginning | null>;
  /** What of the record is on the disk. */
  readonly recorded: Recorded;
  /** Called when more is. */
  onRecorded(listener: (recorded: Recorded) => void): void;
}

export interface KeptGeneration {
  readonly number: number;
  readonly key: string;
  readonly firstStep: number;
  /** By rank. */
  readonly members: readonly { readonly workerId: string; readonly name: string; readonly address: string | null }[];
  /** By rank. */
  readonly microbatches: readonly Range[];
  readonly topology: 'mesh' | 'star';
}

export interface Beginning {
  readonly step: number;
  readonly bytes: Uint8Array;
  readonly weightsDigest: string;
}

export interface Recorded {
  /** Every step before this one is in the ledger. */
  readonly steps: number;
  /** Newest step after which an evaluation is recorded; 0: none. */
  readonly evaluated: number;
  /** Newest step of which a checkpoint is on the disk; 0: none. */
  readonly saved: number;
}
