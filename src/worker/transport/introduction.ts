import { stateDigest } from '../../shared/checkpoint/state-digest.ts';
import { PROTOCOL_VERSION } from '../../shared/protocol/shared.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import type { FromEngine } from '../messages/from-engine.ts';
import type { SessionModel } from '../session/model.ts';
import type { SessionReplica } from './replica.ts';
import type { SessionOptions } from './session-options.ts';

/** Characters of `ready.broken` that the protocol takes. */
const BROKEN_LIMIT = 4096;

/** Who this worker is. `again`: it has said so before. `replica`: what it still holds of the run that it comes back to; null: it comes anew. */
export function helloMessage(
  { name, threads, address, fingerprint, release }: SessionOptions,
  { engine, device }: Extract<FromEngine, { type: 'join' }>,
  { run, generation, committed: step }: SessionModel,
  { again, replica }: { readonly again: boolean; readonly replica: SessionReplica | null },
): ToCoordinator {
  const introduction: ToCoordinator = {
    type: 'hello',
    version: PROTOCOL_VERSION,
    name,
    engine,
    device: device ?? '',
    threads,
    address: address(),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(release === undefined ? {} : { release }),
    ...(again ? { again } : {}),
    inflates: true,
  };
  if (replica === null) return introduction;
  const { id, workerId } = run!;
  return {
    ...introduction,
    held: { run: id!, workerId, generation, step, digest: stateDigest(replica.digests()) },
  };
}

/** It has compiled the job and holds a state of it. */
export function readyMessage(
  { engine, device, threads, broken }: Extract<FromEngine, { type: 'prepared' }>,
  replica: SessionReplica,
  nth: number | undefined,
): ToCoordinator {
  return {
    type: 'ready',
    step: replica.committed,
    weightsDigest: replica.digest(),
    engine,
    device,
    threads,
    ...(broken === null ? {} : { broken: broken.slice(0, BROKEN_LIMIT) }),
    ...(nth === undefined ? {} : { nth }),
  };
}
