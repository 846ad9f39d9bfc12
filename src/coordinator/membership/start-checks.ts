import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { disagreement } from './agreement.ts';
import type { Member } from './member.ts';

type Ready = Pick<Member, 'name' | 'ready'>;

/** All must begin with the same weights, which are those of the checkpoint where there is one. Null: they do. */
export function differentStart(members: readonly Ready[], checkpointDigest: string | null): GradsocketError | null {
  const held = members.flatMap(({ name, ready }) =>
    ready === null ? [] : [{ worker: name, digest: ready.weightsDigest }],
  );
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
  const engines = new Set(members.map(({ ready }) => ready?.engine));
  if (engines.size <= 1) return null;
  const who = members.map(({ name, ready }) => `${name}: ${ready?.engine ?? 'none yet'}`).join(', ');
  return `The workers use different engines (${who}): dealt differently, the work will not give the same bits.`;
}
