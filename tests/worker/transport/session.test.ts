import { describe, expect, it } from 'vitest';
import { decodeState } from '../../../src/shared/checkpoint/state.ts';
import { stateDigest } from '../../../src/shared/checkpoint/state-digest.ts';
import type { ToCoordinator } from '../../../src/shared/protocol/to-coordinator.ts';
import type { FromEngine } from '../../../src/worker/messages/from-engine.ts';
import { smallAssignment } from '../support/assignment.ts';
import { runToEnd, startRun } from '../support/local-worker.ts';
import type { ScriptedCoordinator } from '../support/scripted-coordinator.ts';

const assignment = smallAssignment({ microbatches: 4 });
const leave = { type: 'leave', exitCode: 75, code: 'WORKER_LOST', message: 'worker-1 is gone.' } as const;

/** Acts once, at the first message for which `when` is true. */
function once(
  when: (worker: number, message: ToCoordinator) => boolean,
  act: (coordinator: ScriptedCoordinator, worker: number) => void,
) {
  let done = false;
  return (worker: number, message: ToCoordinator, coordinator: ScriptedCoordinator): boolean => {
    if (done || !when(worker, message)) return false;
    done = true;
    act(coordinator, worker);
    return true;
  };
}

describe('a session', () => {
  it('commits every step at every worker and reports the same sums', async () => {
    const { coordinator, verdicts, workers } = await runToEnd({ assignment, workers: 3 });
    expect(verdicts.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    const reports = coordinator.all('step');
    expect(reports).toHaveLength(3 * 6);
    for (let step = 0; step < 6; step++) {
      const sums = reports.filter((report) => report.step === step);
      expect(new Set(sums.map(({ lossSum, correct, samples }) => `${lossSum} ${correct} ${samples}`)).size).toBe(1);
      expect(sums[0]!.samples).toBe(step % 3 === 2 ? 6 : 8);
    }
    expect(workers.map(({ samples }) => samples!.held)).toEqual([0, 0, 0]);
  });

  it('lets the engine go on before it tells the coordinator; where a checkpoint is due, as soon as there is room for it', async () => {
    const known: Record<number, number> = {};
    const { workers, result } = await startRun({
      assignment,
      workers: 1,
      intercept: (_, message) => {
        if (message.type !== 'step') return false;
        known[message.step] = workers[0]!.toEngine.filter(({ type }) => type === 'committed').length;
        return false;
      },
    });
    await result;
    // How many commits the engine knew of when each report arrived. After steps 2 and 5 there are checkpoints.
    expect(known).toEqual({ 0: 1, 1: 2, 2: 2, 3: 4, 4: 5, 5: 5 });
  });

  it('evaluates every validation sample once, whoever computes which chunk, with the same sums', async () => {
    const sums = await Promise.all(
      [1, 2, 5].map(async (workers) => {
        const { coordinator } = await runToEnd({ assignment, workers });
        const chunks = coordinator.all('evaluated').filter(({ step }) => step === 6);
        expect(chunks).toHaveLength(workers);
        return chunks.flatMap((message) => message.chunks).toSorted((a, b) => a.index - b.index);
      }),
    );
    expect(sums[0]!.reduce((samples, chunk) => samples + chunk.samples, 0)).toBe(9);
    expect(sums[1]).toEqual(sums[0]);
    expect(sums[2]).toEqual(sums[0]);
  });

  it('sends a checkpoint from rank 0 and digests from all where an epoch ends, then done', async () => {
    const { coordinator } = await runToEnd({ assignment, workers: 2 });
    expect(coordinator.all('weights').map(({ step, engineBusy }) => [step, engineBusy])).toEqual([
      [3, null],
      [3, null],
      [6, null],
      [6, null],
    ]);
    expect(coordinator.checkpoint?.step).toBe(6);
    const said = coordinator.all('weights').filter(({ step }) => step === 6);
    const saved = decodeState(coordinator.checkpoint!.file, 'the checkpoint');
    for (const { weightsDigest, statisticsDigest, optimizerDigest } of said) {
      expect(weightsDigest).toBe(saved.weightsDigest);
      const digests = { weights: weightsDigest, statistics: statisticsDigest!, optimizer: optimizerDigest! };
      expect(stateDigest(digests)).toBe(saved.stateDigest);
    }
    expect(coordinator.heard.filter(({ message }) => message.type === 'state').map(({ worker }) => worker)).toEqual([
      0, 0,
    ]);
    expect(coordinator.all('done')).toEqual([
      { type: 'done', step: 6, stopped: false },
      { type: 'done', step: 6, stopped: false },
    ]);
  });

  it('evaluates a complete run again, and trains no step, with the same sums', async () => {
    const first = await runToEnd({ assignment, workers: 2 });
    const again = await runToEnd({ assignment, workers: 3, resume: first.coordinator.checkpoint! });
    const sums = [first, again].map(({ coordinator }) =>
      coordinator
        .all('evaluated')
        .filter(({ step }) => step === 6)
        .flatMap(({ chunks }) => chunks)
        .toSorted((a, b) => a.index - b.index),
    );
    expect(sums[1]).toEqual(sums[0]);
    expect(again.coordinator.all('step')).toEqual([]);
    expect(again.coordinator.all('done')).toHaveLength(3);
    expect(again.verdicts.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  });

  it('stops everybody after the same step when asked to drain, and uploads it when asked to', async () => {
    const { coordinator } = await runToEnd({ assignment, workers: 3, drainAt: 0 });
    const stops = coordinator.all('weights');
    expect(stops).toHaveLength(3);
    expect(new Set(stops.map(({ step, weightsDigest }) => `${step} ${weightsDigest}`)).size).toBe(1);
    expect(stops.map(({ engineBusy }) => engineBusy)).toEqual([false, false, false]);
    expect(stops[0]!.step).toBeLessThan(3);
    // The last report comes before the answer.
    expect(coordinator.all('step').at(-1)!.step).toBe(stops[0]!.step - 1);
    expect(coordinator.checkpoint?.step).toBe(stops[0]!.step);
    expect(coordinator.all('evaluated')).toEqual([]);
    expect(coordinator.all('done')).toEqual([]);
  });

  it('asks to leave when a signal comes, and leaves when the coordinator lets it', async () => {
    const { workers, result, coordinator } = await startRun({
      assignment,
      workers: 1,
      intercept: once(
        (_, message) => message.type === 'step',
        () => workers[0]!.session.engineSays({ type: 'interrupt' }),
      ),
    });
    const { verdicts } = await result;
    expect(coordinator.all('leaving')).toHaveLength(1);
    expect(coordinator.all('failed')).toEqual([]);
    expect(verdicts[0]!.exitCode).toBe(130);
  });

  it('drops the running step when halted, says what it holds, and uploads that when asked', async () => {
    const { coordinator, verdicts } = await runToEnd({
      assignment,
      workers: 2,
      intercept: (worker, message, scripted) => {
        if (message.type === 'step' && message.step === 1 && worker === 0)
          scripted.broadcast({ type: 'halt', generation: 1 });
        if (message.type === 'weights' && scripted.all('weights').length === 2) scripted.send(1, { type: 'upload' });
        if (message.type !== 'state') return false;
        // The script itself takes it in, then all is over.
        queueMicrotask(() => scripted.broadcast(leave));
        return false;
      },
    });
    expect(verdicts.map(({ exitCode }) => exitCode)).toEqual([75, 75]);
    const held = coordinator.all('weights');
    expect(held).toHaveLength(2);
    expect(held.map(({ engineBusy }) => typeof engineBusy)).toEqual(['boolean', 'boolean']);
    expect(coordinator.checkpoint?.step).toBe(held[1]!.step);
    expect(coordinator.all('done')).toEqual([]);
  });

  it('says exactly whose engine was not through, when halted: in a step, in a later one, and in an evaluation', async () => {
    // Two workers: the one that is watched has its engine's words held back, as if it hung.
    const busyAfter = async (held: (message: FromEngine) => boolean, when: (message: ToCoordinator) => boolean) => {
      let halted = false;
      const { coordinator, result } = await startRun({
        assignment,
        workers: 2,
        withhold: (worker, message) => worker === 1 && held(message),
        intercept: (_, message, scripted) => {
          const answers = scripted.heard.filter(({ message: m }) => m.type === 'weights' && m.engineBusy !== null);
          if (answers.length === 2) scripted.broadcast(leave);
          if (halted || !when(message)) return false;
          halted = true;
          // Whatever is under way comes to where it stops.
          setImmediate(() => scripted.broadcast({ type: 'halt', generation: 1 }));
          return false;
        },
      });
      await result;
      return [0, 1].map((index) => {
        const answer = coordinator.heard.findLast(
          ({ worker, message }) => worker === index && message.type === 'weights' && message.engineBusy !== null,
        );
        return answer?.message.type === 'weights' ? answer.message.engineBusy : undefined;
      });
    };
    const computes = (step: number) => (message: FromEngine) => message.type === 'computed' && message.step === step;
    const reports = (step: number) => (message: ToCoordinator) => message.type === 'step' && message.step === step;
    for (const step of [1, 2, 4]) expect(await busyAfter(computes(step), reports(step - 1))).toEqual([false, true]);
    const evaluates = (message: FromEngine) => message.type === 'evaluated';
    const digests = (message: ToCoordinator) => message.type === 'weights' && message.step === 6;
    expect(await busyAfter(evaluates, digests)).toEqual([false, true]);
  });

  it.each([
    ['step', { step: 1 }],
    ['rank', { rank: 1 }],
  ])('refuses a generation with a wrong %s', async (_, wrong) => {
    const { coordinator, verdicts } = await runToEnd({
      assignment,
      workers: 1,
      intercept: once(
        (__, message) => message.type === 'ready',
        (scripted) => {
          const members = [{ workerId: 'w0', name: 'worker-0', address: null }];
          const right = { rank: 0, topology: 'mesh', step: 0 } as const;
          scripted.send(0, { type: 'generation', generation: 1, key: 'k', members, ...right, ...wrong });
        },
      ),
    });
    expect(coordinator.all('failed')).toMatchObject([{ code: 'OUT_OF_TURN', exitCode: 70 }]);
    expect(coordinator.all('connected')).toEqual([]);
    expect(verdicts[0]!.exitCode).toBe(70);
  });

  it('trains on in a new generation after a halt, to the weights of a run that had none', async () => {
    let generation = 1;
    const { coordinator, verdicts } = await runToEnd({
      assignment,
      workers: 1,
      intercept: (worker, message, scripted) => {
        if (message.type === 'step' && message.step === 2) scripted.send(worker, { type: 'halt', generation: 1 });
        if (
          message.type === 'weights' &&
          message.generation === 1 &&
          message.step === 3 &&
          generation === 1 &&
          scripted.all('weights').length === 2
        ) {
          generation = 2;
          const members = [{ workerId: 'w0', name: 'worker-0', address: null }];
          scripted.send(0, { type: 'generation', generation, key: 'k', rank: 0, topology: 'mesh', members, step: 3 });
        }
        if (message.type !== 'connected' || message.generation !== 2) return false;
        scripted.send(0, { type: 'begin', generation: 2 });
        return true;
      },
    });
    const undisturbed = await runToEnd({ assignment, workers: 1 });
    expect(verdicts[0]!.exitCode).toBe(0);
    expect(coordinator.all('step').map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(coordinator.all('weights').at(-1)!.weightsDigest).toBe(
      undisturbed.coordinator.all('weights').at(-1)!.weightsDigest,
    );
  });

  it('tells of each step before it passes its sums on: nobody else holds one that the coordinator has not heard of', async () => {
    const { coordinator } = await runToEnd({
      assignment,
      workers: 2,
      intercept: (worker, message, scripted) => {
        if (message.type === 'connected' && worker === 0) scripted.send(0, { type: 'give', to: 'w9', follow: true });
        return 'to' in message && message.to === 'w9';
      },
    });
    const said = coordinator.heard
      .filter(({ worker }) => worker === 0)
      .flatMap(({ message }) => (message.type === 'step' || message.type === 'reduced' ? [message] : []))
      .map(({ type, step }) => `${type} ${step}`);
    const steps = [0, 1, 2, 3, 4, 5];
    expect(said.filter((word) => word.startsWith('reduced'))).toEqual(steps.map((step) => `reduced ${step}`));
    for (const step of steps) expect(said.indexOf(`step ${step}`)).toBeLessThan(said.indexOf(`reduced ${step}`));
  });

  it('leaves with 75 when the coordinator is lost, and says what to do', async () => {
    const { workers, result } = await startRun({
      assignment,
      workers: 1,
      intercept: once(
        (_, message) => message.type === 'step' && message.step === 2,
        () => workers[0]!.cut(),
      ),
    });
    const { verdicts } = await result;
    expect(verdicts[0]).toMatchObject({ exitCode: 75, code: 'COORDINATOR_LOST' });
    expect(verdicts[0]!.message).toContain('--resume');
  });

  it('answers a drain before its first step, having nothing to save', async () => {
    const { coordinator, verdicts } = await runToEnd({
      assignment,
      workers: 1,
      intercept: (_, message, scripted) => {
        if (message.type === 'connected') scripted.broadcast({ type: 'drain' });
        if (message.type === 'weights') scripted.broadcast({ ...leave, exitCode: 0 });
        return message.type === 'connected';
      },
    });
    expect(coordinator.all('weights')).toMatchObject([{ generation: 1, step: 0, engineBusy: false }]);
    expect(verdicts[0]!.exitCode).toBe(0);
  });

  it('refuses what comes out of turn, and says so to the coordinator', async () => {
    const { coordinator, verdicts } = await runToEnd({
      assignment,
      workers: 1,
      intercept: once(
        (_, message) => message.type === 'hello',
        (scripted) => scripted.broadcast({ type: 'begin', generation: 1 }),
      ),
    });
    expect(coordinator.all('failed')).toMatchObject([{ code: 'OUT_OF_TURN', exitCode: 70 }]);
    expect(verdicts[0]!.exitCode).toBe(70);
  });

  it('refuses a damaged checkpoint', async () => {
    const first = await runToEnd({ assignment, workers: 1, drainAt: 0 });
    const { step, file } = first.coordinator.checkpoint!;
    const damaged = file.slice();
    damaged[damaged.length - 100]! ^= 1;
    const { coordinator, verdicts } = await runToEnd({ assignment, workers: 1, resume: { step, file: damaged } });
    expect(coordinator.all('failed')).toMatchObject([{ code: 'BAD_CHECKPOINT' }]);
    expect(verdicts[0]!.exitCode).not.toBe(0);
  });

  it('refuses a job that it does not know', async () => {
    const job = { ...assignment.job, model: 'gpt' } as unknown as typeof assignment.job;
    const { coordinator, verdicts } = await runToEnd({
      assignment,
      workers: 1,
      intercept: once(
        (_, message) => message.type === 'hello',
        (scripted) =>
          scripted.broadcast({
            type: 'welcome',
            workerId: 'w0',
            job,
            dataset: assignment.dataset,
            microbatches: 4,
            resume: null,
          }),
      ),
    });
    expect(coordinator.all('failed')).toMatchObject([{ code: 'JOB_NOT_UNDERSTOOD', exitCode: 78 }]);
    expect(verdicts[0]!.exitCode).toBe(78);
  });

  it('tells the coordinator which peer it lost, and takes no notice of a begin that crosses that', async () => {
    const { coordinator, groups, result } = await startRun({
      assignment,
      workers: 2,
      intercept: (_, message, scripted) => {
        if (message.type === 'connected' && scripted.all('connected').length === 2) {
          groups.get(1)!.lose(0, 1, 'it broke');
          scripted.broadcast({ type: 'begin', generation: 1 });
          return true;
        }
        if (message.type === 'peerLost') scripted.broadcast({ type: 'halt', generation: 1 });
        if (message.type === 'weights' && scripted.all('weights').length === 2) scripted.broadcast(leave);
        return false;
      },
    });
    const { verdicts } = await result;
    expect(coordinator.all('peerLost')).toEqual([{ type: 'peerLost', generation: 1, rank: 1, reason: 'it broke' }]);
    expect(coordinator.all('failed')).toEqual([]);
    expect(verdicts.map(({ code }) => code)).toEqual(['WORKER_LOST', 'WORKER_LOST']);
  });

  it('does not wait for ever for word from the coordinator after it lost a peer', async () => {
    const { workers, groups, result } = await startRun({
      assignment,
      workers: 2,
      intercept: (_, message, scripted) => {
        if (message.type === 'step' && message.step === 1 && scripted.all('peerLost').length === 0) {
          groups.get(1)!.lose(0, 1, 'it broke');
        }
        if (message.type !== 'peerLost') return false;
        for (const fire of workers[0]!.timers) fire();
        scripted.send(1, leave);
        return true;
      },
    });
    const { verdicts } = await result;
    expect(verdicts[0]).toMatchObject({ exitCode: 75, code: 'COORDINATOR_LOST' });
    expect(verdicts[0]!.message).toContain('worker-1 broke: it broke');
  });
});
