import { describe, expect, it } from 'vitest';
import { smallAssignment } from './support/assignment.ts';
import { Conductor } from './support/conductor.ts';

/** Four epochs of three steps, with a checkpoint and an evaluation after each. */
const assignment = smallAssignment({ microbatches: 4, optimizer: 'adam', epochs: 4 });
const TOTAL = 12;

async function worldOf(workers: number): Promise<Conductor> {
  const conductor = new Conductor(assignment);
  for (let index = 0; index < workers; index++) await conductor.add();
  return conductor;
}

/** Trains to the end in one generation. */
async function finish(conductor: Conductor, generation: number, members: readonly number[], step: number) {
  await conductor.seat(generation, members, step);
  conductor.begin(generation, members);
  await conductor.until(() => members.every((worker) => conductor.from(worker, 'done').length > 0));
}

const undisturbed = (async () => {
  const conductor = await worldOf(2);
  await finish(conductor, 1, [0, 1], 0);
  await conductor.leave([0, 1]);
  return conductor.digest([0, 1]);
})();

/** Everybody has reported this step. */
const reported = (conductor: Conductor, members: readonly number[], step: number) =>
  conductor.until(() => members.every((worker) => conductor.from(worker, 'step').some((m) => m.step === step)));

describe('workers that lose one of them', () => {
  it.each([2, 3, 4])('of %i go on from the newest step, with nothing lost', async (workers) => {
    const conductor = await worldOf(workers);
    const members = Array.from({ length: workers }, (_, index) => index);
    await conductor.seat(1, members, 0);
    conductor.begin(1, members);
    await reported(conductor, members, 3);
    const survivors = members.slice(0, -1);
    conductor.workers.at(-1).kill();
    for (const rank of survivors) conductor.groups.get(1)!.lose(rank, workers - 1, 'it broke');
    await conductor.until(() => survivors.every((worker) => conductor.from(worker, 'peerLost').length > 0));
    const answers = await conductor.stop('halt', 1, survivors);
    const newest = Math.max(...answers.map(({ step }) => step));
    for (const [index, { step }] of answers.entries()) {
      if (step === newest) continue;
      const source = answers.findIndex((answer) => answer.step === newest);
      conductor.send(survivors[source]!, { type: 'give', to: `w${survivors[index]}`, follow: false });
      await conductor.until(() => conductor.from(survivors[index]!, 'healed').some((m) => m.step === newest));
    }
    await finish(conductor, 2, survivors, newest);
    expect(conductor.digest(survivors)).toBe(await undisturbed);
    await conductor.leave(survivors);
  });

  it('heal one that did not hear of the last step', async () => {
    const conductor = await worldOf(3);
    await conductor.seat(1, [0, 1, 2], 0);
    conductor.onMessage = (worker, message) => {
      if (message.type === 'step' && message.step === 4 && worker === 0) conductor.groups.get(1)!.mute(1);
    };
    conductor.begin(1, [0, 1, 2]);
    await reported(conductor, [0, 2], 5);
    conductor.workers[2]!.kill();
    for (const rank of [0, 1]) conductor.groups.get(1)!.lose(rank, 2, 'it broke');
    await conductor.until(() => conductor.all('peerLost').length === 2);
    const [first, laggard] = await conductor.stop('halt', 1, [0, 1]);
    expect(first.step).toBe(6);
    expect(laggard!.step).toBeLessThan(6);
    conductor.send(0, { type: 'give', to: 'w1', follow: false });
    await conductor.until(() => conductor.from(1, 'healed').some(({ step }) => step === 6));
    // Asked again, it answers for what it holds now.
    const [again] = await conductor.stop('halt', 1, [1]);
    expect(again).toMatchObject({
      step: 6,
      weightsDigest: first.weightsDigest,
      optimizerDigest: first.optimizerDigest,
    });
    await finish(conductor, 2, [0, 1], 6);
    expect(conductor.digest([0, 1])).toBe(await undisturbed);
    await conductor.leave([0, 1]);
  });
});

describe('a worker that joins', () => {
  it('is healed while the others train, and admitted at a drain, with the weights of a run that nobody joined', async () => {
    const conductor = await worldOf(2);
    await conductor.seat(1, [0, 1], 0);
    conductor.greeting = () => conductor.welcome({ heal: true });
    const joiner = await conductor.add();
    conductor.begin(1, [0, 1]);
    await reported(conductor, [0, 1], 1);
    conductor.send(1, { type: 'give', to: `w${joiner}`, follow: true });
    // Training goes on meanwhile: the state, then at least a step.
    await conductor.until(() => conductor.from(joiner, 'healed').length >= 2);
    const answers = await conductor.stop('drain', 1, [0, 1]);
    const { step } = answers[0];
    expect(step).toBeLessThan(TOTAL);
    // All that the source committed was on its way before it answered.
    await conductor.until(() => conductor.from(joiner, 'healed').some((m) => m.step === step));
    conductor.send(1, { type: 'cease', to: `w${joiner}` });
    const [held] = await conductor.stop('halt', 1, [joiner]);
    expect(held).toMatchObject({ step, weightsDigest: answers[0].weightsDigest, engineBusy: false });
    await finish(conductor, 2, [0, 1, joiner], step);
    expect(conductor.digest([0, 1, joiner])).toBe(await undisturbed);
    const healed = conductor.from(joiner, 'healed').map((m) => m.step);
    expect(healed).toEqual(healed.map((_, index) => healed[0]! + index));
    await conductor.leave([0, 1, joiner]);
  });

  it('goes on following over a change of generation, and dies without harm', async () => {
    const conductor = await worldOf(2);
    await conductor.seat(1, [0, 1], 0);
    conductor.greeting = () => conductor.welcome({ heal: true });
    const [first, second] = [await conductor.add(), await conductor.add()];
    conductor.begin(1, [0, 1]);
    for (const joiner of [first, second]) conductor.send(0, { type: 'give', to: `w${joiner}`, follow: true });
    await conductor.until(() => [first, second].every((joiner) => conductor.from(joiner, 'healed').length > 0));
    conductor.workers[second]!.kill();
    const [{ step }] = await conductor.stop('halt', 1, [0, 1]);
    await conductor.seat(2, [1, 0], step);
    conductor.begin(2, [1, 0]);
    await reported(conductor, [0, 1], Math.min(step + 1, TOTAL - 1));
    await conductor.until(() => conductor.from(first, 'healed').some((m) => m.step > step));
    await conductor.until(() => [0, 1].every((worker) => conductor.from(worker, 'done').length > 0));
    await conductor.until(() => conductor.from(first, 'healed').some((m) => m.step === TOTAL));
    const [held] = await conductor.stop('halt', 2, [first]);
    expect(`${held.step} ${held.weightsDigest} ${held.statisticsDigest} ${held.optimizerDigest}`).toBe(
      await undisturbed,
    );
    await conductor.leave([0, 1, first]);
  });
});

describe('a generation', () => {
  it('may deal microbatches as it likes, also none to somebody, and the weights are the same', async () => {
    const conductor = await worldOf(3);
    const deals = [
      [
        [0, 1],
        [1, 4],
        [4, 4],
      ],
      [
        [0, 0],
        [0, 0],
        [0, 4],
      ],
      [
        [0, 3],
        [3, 3],
        [3, 4],
      ],
    ] as const;
    let step = 0;
    for (const [index, deal] of deals.entries()) {
      await conductor.seat(index + 1, [0, 1, 2], step, deal);
      conductor.begin(index + 1, [0, 1, 2]);
      await reported(conductor, [0, 1, 2], step + 1);
      // A loss sum of its own from those that compute something.
      const own = [0, 1, 2].map((worker) => conductor.from(worker, 'step').at(-1)!.ownLossSum !== undefined);
      expect(own).toEqual(deal.map(([start, end]) => end > start));
      const [answer] = await conductor.stop('drain', index + 1, [0, 1, 2]);
      step = answer.step;
    }
    expect(step).toBeLessThan(TOTAL);
    await finish(conductor, 9, [2, 0, 1], step);
    expect(conductor.digest([0, 1, 2])).toBe(await undisturbed);
    await conductor.leave([0, 1, 2]);
  });

  it.each([
    [
      'that do not cover all',
      [
        [0, 2],
        [2, 3],
      ],
    ],
    [
      'that overlap',
      [
        [0, 3],
        [2, 4],
      ],
    ],
    ['of fewer ranks than members', [[0, 4]]],
  ] as const)('is refused with microbatches %s', async (_, deal) => {
    const conductor = await worldOf(2);
    const seat = conductor.seat(1, [0, 1], 0, deal);
    await conductor.until(() => conductor.all('failed').length === 2);
    expect(conductor.all('failed')[0]).toMatchObject({ code: 'OUT_OF_TURN' });
    await Promise.race([seat, Promise.resolve()]);
  });

  it('evaluates and saves first what one before it owes', async () => {
    const conductor = await worldOf(2);
    await conductor.seat(1, [0, 1], 0);
    conductor.onMessage = (worker, message) => {
      // The stop is raised in step 2, after which the epoch ends.
      if (message.type === 'step' && message.step === 1) conductor.send(worker, { type: 'drain' });
    };
    conductor.begin(1, [0, 1]);
    await conductor.until(() => conductor.all('weights').length >= 2);
    const step = conductor.all('weights').at(-1)!.step;
    expect(conductor.all('evaluated')).toEqual([]);
    expect(conductor.all('state')).toEqual([]);
    conductor.onMessage = () => undefined;
    await conductor.seat(2, [0, 1], step);
    conductor.begin(2, [0, 1], { evaluate: true, checkpoint: true });
    await conductor.until(() => [0, 1].every((worker) => conductor.from(worker, 'done').length > 0));
    const evaluations = conductor.all('evaluated').filter((message) => message.step === step);
    expect(evaluations.map(({ generation }) => generation)).toEqual([2, 2]);
    expect(evaluations.flatMap(({ chunks }) => chunks).reduce((sum, { samples }) => sum + samples, 0)).toBe(9);
    expect(conductor.all('state').some((part) => part.step === step)).toBe(true);
    expect(conductor.digest([0, 1])).toBe(await undisturbed);
    await conductor.leave([0, 1]);
  });
});

describe('what is left of a generation that has ended', () => {
  it('is no memory, no timer, and no word of its engine', async () => {
    const times = { data: 0, compute: 0, elapsed: 0 };
    const conductor = await worldOf(3);
    const used: number[] = [];
    const deals = [
      [
        [0, 1],
        [1, 4],
        [4, 4],
      ],
      [
        [0, 0],
        [0, 1],
        [1, 4],
      ],
      [
        [0, 2],
        [2, 3],
        [3, 4],
      ],
    ] as const;
    for (let number = 1; number <= 60; number++) {
      await conductor.seat(number, [0, 1, 2], 0, deals[number % 3]);
      await conductor.stop(number % 2 === 0 ? 'halt' : 'drain', number, [0, 1, 2]);
      used.push(Math.max(...conductor.kernels.map(({ arena }) => arena.used)));
    }
    expect(new Set(used.slice(3)).size).toBe(1);
    expect(conductor.workers.map(({ timers }) => timers.size)).toEqual([0, 0, 0]);
    await conductor.seat(61, [0, 1, 2], 0);
    conductor.begin(61, [0, 1, 2]);
    await reported(conductor, [0, 1, 2], 1);
    const [{ step }] = await conductor.stop('halt', 61, [0, 1, 2]);
    await conductor.seat(62, [0, 1, 2], step);
    const { session } = conductor.workers[0]!;
    conductor.onMessage = (worker, message) => {
      if (worker !== 0 || message.type !== 'step') return;
      // It was computing, and had evaluated, in the first stint: all of that would be out of order in this one.
      const stint = session.model.stint - 1;
      session.engineSays({ type: 'contribute', stint, step: 0, bucket: 0 });
      session.engineSays({ type: 'computed', stint, step: 0, times, ownLossSum: 1 });
      session.engineSays({ type: 'evaluated', stint, step: 3, chunks: [] });
    };
    conductor.begin(62, [0, 1, 2]);
    await conductor.until(() => [0, 1, 2].every((worker) => conductor.from(worker, 'done').length > 0));
    expect(conductor.all('failed')).toEqual([]);
    expect(conductor.digest([0, 1, 2])).toBe(await undisturbed);
    await conductor.leave([0, 1, 2]);
  });
});

describe('workers whose coordinator is gone', () => {
  it('train on within their generation, come back, tell what is not recorded, and go on', async () => {
    const conductor = await worldOf(2);
    await conductor.seat(1, [0, 1], 0);
    conductor.begin(1, [0, 1]);
    await reported(conductor, [0, 1], 3);
    for (const worker of conductor.workers) worker.cut();
    for (const worker of conductor.workers) worker.reachable = false;
    // Until they are through with the plan.
    await settled(() => conductor.workers.every(({ session }) => session.state === 'done'));
    const before = conductor.heard.length;
    for (const worker of conductor.workers) worker.reachable = true;
    conductor.greeting = () => ({ type: 'rejoined', generation: 1, steps: 3, evaluated: 0, saved: 0 });
    for (const worker of conductor.workers) worker.passTime();
    await conductor.until(() => [0, 1].every((worker) => conductor.from(worker, 'done').length > 0));
    const told = conductor.heard.slice(before).filter(({ worker }) => worker === 0);
    expect(told[0]!.message).toMatchObject({ type: 'hello', held: { run: 'the run', generation: 1, step: TOTAL } });
    const steps = told.flatMap(({ message }) => (message.type === 'step' ? [message.step] : []));
    expect(steps).toEqual(Array.from({ length: TOTAL - 3 }, (_, index) => 3 + index));
    const evaluations = told.flatMap(({ message }) => (message.type === 'evaluated' ? [message.step] : []));
    expect(evaluations).toEqual([3, 6, 9, 12]);
    // Of checkpoints the newest.
    expect(new Set(told.flatMap(({ message }) => (message.type === 'state' ? [message.step] : [])))).toEqual(
      new Set([TOTAL]),
    );
    expect(told.at(-1).message).toMatchObject({ type: 'done', step: TOTAL });
    expect(conductor.digest([0, 1])).toBe(await undisturbed);
    await conductor.leave([0, 1]);
  });

  it('say that their process lives, also where the connection broke before they were welcomed', async () => {
    const conductor = new Conductor(assignment);
    conductor.onMessage = (worker) => {
      if (conductor.heard.length === 1) conductor.workers[worker]!.cut();
    };
    const ready = conductor.add();
    await settled(() => conductor.heard.length === 1 && conductor.workers[0]!.timers.size > 0);
    conductor.workers[0]!.passTime();
    await ready;
    expect(conductor.all('hello').map(({ again, inflates }) => [again, inflates])).toEqual([
      [undefined, true],
      [true, true],
    ]);
    await conductor.leave([0]);
  });

  it('leave with 0 if all was recorded when it went', async () => {
    const conductor = await worldOf(1);
    await finish(conductor, 1, [0], 0);
    conductor.send(0, { type: 'recorded', steps: TOTAL, evaluated: TOTAL, saved: TOTAL });
    await settled(() => conductor.workers[0]!.session.model.recorded.saved === TOTAL);
    conductor.workers[0]!.cut();
    expect(await conductor.workers[0]!.left).toMatchObject({ exitCode: 0 });
  });

  it('leave with 75 if it does not come back', async () => {
    const conductor = await worldOf(1);
    await conductor.seat(1, [0], 0);
    conductor.begin(1, [0]);
    const worker = conductor.workers[0]!;
    await reported(conductor, [0], 1);
    worker.reachable = false;
    worker.cut();
    await settled(() => worker.session.state === 'done');
    worker.now = 2;
    worker.passTime();
    expect(await worker.left).toMatchObject({ exitCode: 75, code: 'COORDINATOR_LOST' });
  });

  it('leave with 75 if another run is led there', async () => {
    const conductor = await worldOf(1);
    await finish(conductor, 1, [0], 0);
    conductor.greeting = () => conductor.welcome({ run: 'another' });
    const worker = conductor.workers[0]!;
    worker.cut();
    await settled(() => worker.timers.size > 0);
    worker.passTime();
    expect(await worker.left).toMatchObject({ exitCode: 75, code: 'OTHER_RUN' });
  });
});

it('a worker that was cut off keeps its engine, drops its generation, is healed and seated again', async () => {
  const conductor = await worldOf(3);
  await conductor.seat(1, [0, 1, 2], 0);
  conductor.begin(1, [0, 1, 2]);
  await reported(conductor, [0, 1, 2], 1);
  const lost = conductor.workers[2]!;
  lost.cut();
  for (const rank of [0, 1]) conductor.groups.get(1)!.lose(rank, 2, 'silence');
  const [{ step }] = await conductor.stop('halt', 1, [0, 1]);
  await conductor.seat(2, [0, 1], step);
  conductor.begin(2, [0, 1]);
  conductor.greeting = () => conductor.welcome({ heal: true });
  lost.passTime();
  await conductor.until(() => conductor.from(2, 'ready').length === 2);
  expect(lost.toEngine.filter(({ type }) => type === 'prepare')).toHaveLength(1);
  // What it will compute is read before the links are there.
  const told = lost.toEngine.map(({ type }) => type);
  expect(told.indexOf('assign')).toBeGreaterThan(told.indexOf('prepare'));
  expect(told.indexOf('train')).toBeGreaterThan(told.indexOf('assign'));
  expect(conductor.from(2, 'ready')[1]!.step).toBeGreaterThan(1);
  conductor.send(0, { type: 'give', to: 'w2', follow: true });
  await conductor.until(() => conductor.from(2, 'healed').length > 0);
  const answers = await conductor.stop('drain', 2, [0, 1]);
  const at = answers[0].step;
  if (at < TOTAL) {
    await conductor.until(() => conductor.from(2, 'healed').some((m) => m.step === at));
    await conductor.stop('halt', 2, [2]);
    await finish(conductor, 3, [0, 1, 2], at);
  }
  expect(conductor.digest([0, 1, 2])).toBe(await undisturbed);
  await conductor.leave([0, 1, 2]);
});

/** Lets everything run that is under way, until `when` holds. By the clock: what is read from the disk takes as many turns as the disk wants. */
async function settled(when: () => boolean): Promise<void> {
  for (const begun = performance.now(); performance.now() - begun < 30_000; ) {
    if (when()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('what was waited for did not come');
}
