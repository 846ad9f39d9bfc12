import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { maybeTensorflow, tensorflowThreads } from '../../shared/job/resolve.ts';
import type { Job } from '../../shared/job/schema.ts';
import { disagreement } from '../progress/agreement.ts';
import { type Member, readyOf } from './member.ts';

type Ready = Pick<Member, 'name' | 'state'>;

/** All must begin with the same weights, which are those of the checkpoint where there is one. Null: they do. */
export function differentStart(members: readonly Ready[], checkpointDigest: string | null): GradsocketError | null {
  const held = members.flatMap(({ name, state }) => {
    const ready = readyOf(state);
    return ready === null ? [] : [{ worker: name, digest: ready.weightsDigest }];
  });
  const differ = disagreement(
    checkpointDigest === null ? held : [...held, { worker: 'the checkpoint', digest: checkpointDigest }],
  );
  if (differ === null) return null;
  return new GradsocketError(
    'REPLICAS_DIVERGED',
    EXIT.internal,
    `The workers do not begin with the same weights: ${differ} Install the same version of gradsocket on all.`,
  );
}

/** Engines round differently. The replicas stay equal all the same, since all apply the same sums. */
export function mixedEngines(members: readonly Ready[]): string | null {
  const engines = new Set(members.map(({ state }) => readyOf(state)?.engine ?? null));
  if (engines.size <= 1) return null;
  const who = members.map(({ name, state }) => `${name}: ${readyOf(state)?.engine ?? 'none yet'}`).join(', ');
  return `The workers use different engines (${who}): dealt differently, the work will not give the same bits.`;
}

/** A sentence for each engine that some have installed and cannot load, so that they compute with a slower one. */
export function brokenEngines(members: readonly Ready[]): readonly string[] {
  const told = new Map<string, string[]>();
  for (const { name, state } of members.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))) {
    const ready = readyOf(state);
    if (ready?.broken === undefined) continue;
    const sentence = `on ${ready.engine}. ${ready.broken}`;
    told.set(sentence, [...(told.get(sentence) ?? []), name]);
  }
  return [...told].map(
    ([sentence, names]) => `${names.join(', ')} ${names.length > 1 ? 'train' : 'trains'} ${sentence}`,
  );
}

/**
 * Why a worker that was started with --threads cannot take part; null: it can. With TensorFlow they decide the bits, so all
 * have those of the run. Which engine `auto` will become is not known yet: it may be that one.
 */
export function otherThreads(
  { name, engine, threads }: Pick<Member['hello'], 'name' | 'engine' | 'threads'>,
  job: Pick<Job, 'engine' | 'threads'>,
): { readonly exitCode: number; readonly code: string; readonly message: string } | null {
  const ours = tensorflowThreads(job);
  if (threads === null || threads === ours || !maybeTensorflow({ engine: engine ?? job.engine })) return null;
  return {
    exitCode: EXIT.configuration,
    code: 'OTHER_THREADS',
    message:
      `${name} was started with --threads ${threads}, and this run computes with ${ours}: with other threads TensorFlow gives other ` +
      'bits. Start it without --threads: it takes those of the run. How many cores it may use is what --cores says.',
  };
}
