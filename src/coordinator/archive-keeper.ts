import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { EXIT, GradsocketError } from '../shared/errors.ts';
import { CheckpointFolder } from '../shared/checkpoint/folder.ts';
import type { Beginning, Keeper, Recorded } from './membership/keeper.ts';
import type { Archive } from './store/archive.ts';
import type { RunFolder } from './store/run-folder.ts';

/** What a run asks of its archive. `given`: what it begins with before its first checkpoint. */
export async function keeperOf(archive: Archive, folder: RunFolder, given: Beginning | null): Promise<Keeper> {
  await archive.ledger.sync();
  const [head = ''] = (await readFile(folder.ledgerFile, 'utf8')).split('\n', 1);
  const id = createHash('sha256').update(head).digest('hex');
  const recorded = (): Recorded => ({
    steps: archive.ledger.steps,
    evaluated: archive.history.lastEvaluation?.step ?? 0,
    saved: archive.checkpoints.savedStep,
  });
  return {
    ledger: {
      id,
      generation: null,
      get steps() {
        return archive.ledger.steps;
      },
      get lastGeneration() {
        return archive.ledger.lastGeneration;
      },
      get changes() {
        return archive.ledger.changes;
      },
    },
    get history() {
      return archive.history;
    },
    secondsBefore: archive.secondsBefore,
    checkpoints: archive.checkpoints,
    begin: () => archive.begin(),
    step: (...of) => archive.step(...of),
    metrics: (line) => archive.metrics(line),
    checkpoint: (...of) => archive.checkpoint(...of),
    candidate: (...of) => archive.candidate(...of),
    log: (entry) => archive.log(entry),
    summary: (summary) => archive.summary(summary),
    announce: async ({ number, firstStep }) => {
      archive.ledger.begin(number, firstStep);
      await archive.ledger.sync();
    },
    rewind: async (steps) => {
      if (steps === archive.ledger.steps) return;
      throw new GradsocketError('REWIND', EXIT.internal, `The record cannot be cut back to step ${steps} yet.`);
    },
    beginning: async () => {
      const found = await (await CheckpointFolder.existing(folder.checkpoints)).newest(() => undefined);
      if (found === null) return given;
      return { step: found.checkpoint.step, bytes: found.bytes, weightsDigest: found.checkpoint.weightsDigest };
    },
    get recorded() {
      return recorded();
    },
    onRecorded: () => undefined,
  };
}
