import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/shared/checkpoint/safetensors.ts';
import { encodeState } from '../../src/shared/checkpoint/state.ts';
import type { Job } from '../../src/shared/job/schema.ts';
import { initialiseBuffers, initialiseParameters } from '../../src/shared/network/initialise.ts';
import { drawBlueprint } from '../../src/worker/assignment/blueprint.ts';
import { smallAssignment } from './support/assignment.ts';
import { finalDigest, history } from './support/history.ts';
import { type RunResult, runToEnd } from './support/local-worker.ts';

const job: Partial<Job> = { channels: [2, 2], batchNorm: true, optimizer: 'adam', weightDecay: 0.1, momentum: null };
const assignmentOf = (settings: Partial<Job>) => smallAssignment({ ...job, ...settings, microbatches: 4 });

function tensorsOf({ coordinator }: RunResult): ReadonlyMap<string, string> {
  const { tensors } = readSafetensors(coordinator.checkpoint!.file, 'checkpoint');
  return new Map([...tensors].map(([name, { bytes }]) => [name, Buffer.from(bytes).toString('hex')]));
}

describe.each(['all-but-head', 'conv1,bn1', 'bn2', 'conv2,fc1'])('with %s frozen', (freeze) => {
  const assignment = assignmentOf({ freeze });
  const alone = runToEnd({ assignment, workers: 1 });

  it.each([2, 3, 4])('%i workers make the same weights as one', async (workers) => {
    expect(finalDigest(await runToEnd({ assignment, workers }))).toBe(finalDigest(await alone));
  });

  it('a run that is stopped and goes on ends with the same weights', async () => {
    const resumed = await history(assignment, [{ workers: 2, drainAt: 1 }, { workers: 1, drainAt: 4 }, { workers: 3 }]);
    expect(finalDigest(resumed)).toBe(finalDigest(await alone));
  });

  it('frozen parameters and statistics keep their first values, all others move', async () => {
    const { network } = drawBlueprint(assignment);
    const trained = tensorsOf(await alone);
    const first = tensorsOf(await runToEnd({ assignment: assignmentOf({ freeze }), workers: 1, drainAt: 0 }));
    const frozen = new Set(network.parameters.flatMap((parameter) => (parameter.frozen ? [parameter.name] : [])));
    for (const { name } of network.parameters)
      expect(trained.get(name) === first.get(name), name).toBe(frozen.has(name));
    for (const { layer, name } of network.nodes) {
      if (layer.kind !== 'batchNorm') continue;
      const variance = `${name}.running_var`;
      expect(trained.get(variance) === first.get(variance), variance).toBe(layer.frozen);
    }
  });
});

it('a run begins with the weights of a checkpoint before the first step, which brings no state of the optimiser', async () => {
  const assignment = assignmentOf({});
  const { network, layout } = drawBlueprint(assignment);
  const parameters = new Float32Array(layout.parameters.length);
  const buffers = new Float32Array(layout.buffers.length);
  initialiseParameters(network, 99, parameters);
  initialiseBuffers(network, buffers);
  const file = (position: { step: number }) =>
    encodeState(
      { ...layout, optimizer: [] },
      { parameters, buffers, optimizer: new Map() },
      { ...position, seed: 1, fingerprint: 'a'.repeat(64) },
    );
  const [one, three] = await Promise.all(
    [1, 3].map((workers) => runToEnd({ assignment, workers, resume: { step: 0, file: file({ step: 0 }) } })),
  );
  expect(finalDigest(three!)).toBe(finalDigest(one!));
  const initial = await runToEnd({ assignment, workers: 1 });
  expect(finalDigest(one!)).not.toBe(finalDigest(initial));
  const seeded = await runToEnd({ assignment: assignmentOf({ seed: 99 }), workers: 1 });
  // These samples come in the same order whatever the seed, so that it decides nothing but the first weights.
  expect(finalDigest(one!)).toBe(finalDigest(seeded));
  const late = await runToEnd({ assignment, workers: 1, resume: { step: 2, file: file({ step: 2 }) } });
  expect(late.verdicts[0]!.exitCode).not.toBe(0);
});
