// @ts-check
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One line of the protocol, broken: `from` stands once in `file`.
 * @typedef {{ readonly name: string, readonly file: string, readonly from: string, readonly to: string }} Mutant
 */

const MEMBERSHIP = 'src/coordinator/membership';
const TRANSPORT = 'src/worker/transport';

/** @type {readonly Mutant[]} */
export const MUTANTS = [
  // What belongs to another generation, or to another stint of the engine.
  {
    name: 'every generation has the same key',
    file: `${MEMBERSHIP}/run.ts`,
    from: 'const key = this.#options.key();',
    to: "const key = 'the same';",
  },
  {
    name: 'a contribution of an older stint is taken',
    file: `${TRANSPORT}/session.ts`,
    from: "case 'contribute':\n        if (message.stint !== this.#model.stint) return;",
    to: "case 'contribute':",
  },
  {
    name: 'a new stint begins before the halted one has let go of memory',
    file: 'src/worker/training/engine-host.ts',
    from: 'this.#running = this.#running\n      .then(',
    to: 'this.#running = Promise.resolve()\n      .then(',
  },
  {
    name: 'a halted stint asks for the microbatches of the next one',
    file: 'src/worker/training/training-loop.ts',
    from: '// What follows may be assigned to the next stint already.\n          if (control.halted) return;',
    to: '',
  },
  {
    name: 'a generation is announced before it is written',
    file: `${MEMBERSHIP}/run.ts`,
    from: 'this.#after(written.then(() => this.#machine.take(',
    to: 'this.#after(Promise.resolve().then(() => this.#machine.take(',
  },
  {
    name: 'a restarted coordinator counts generations from one again',
    file: `${MEMBERSHIP}/opening.ts`,
    from: '    lastNumber: ledger.lastGeneration,\n    base',
    to: '    lastNumber: 0,\n    base',
  },
  // A step happens entirely or not at all.
  {
    name: 'a step is committed before its last bucket',
    file: `${TRANSPORT}/step-runner.ts`,
    from: 'if (bucket < tail) {',
    to: 'if (bucket < tail - 1) {',
  },
  {
    name: 'an owner folds before its own contribution is there',
    file: 'src/collective/mesh.ts',
    from: 'if (!this.ledger.has(stepIndex, chunk.bucket) || !this.#fold.ready) return;',
    to: 'if (!this.#fold.ready) return;',
  },
  {
    name: 'a sum overwrites what was not contributed yet',
    file: 'src/collective/mesh.ts',
    from: "if (!this.ledger.has(stepIndex, chunk.bucket)) return 'wait';",
    to: '',
  },
  {
    name: 'a bucket counts as reduced while its frames are being sent',
    file: 'src/collective/participant.ts',
    from: 'if (!this.ledger.allSent(bucket) || !this.isReduced(bucket, stepIndex)) return;',
    to: 'if (!this.isReduced(bucket, stepIndex)) return;',
  },
  // Who holds what.
  {
    name: 'survivors agree on the oldest step',
    file: `${MEMBERSHIP}/agree.ts`,
    from: 'const target = Math.max(',
    to: 'const target = Math.min(',
  },
  {
    name: 'a worker that was never healed counts as one that holds the state',
    file: `${MEMBERSHIP}/settling.ts`,
    from: "step === target && holder?.state.name === 'halted' && holder.state.answer.weightsDigest === weightsDigest",
    to: "step === target && holder?.state.name === 'halted' && weightsDigest !== ''",
  },
  {
    name: 'the record is rewound though somebody holds more',
    file: `${MEMBERSHIP}/returning.ts`,
    from: 'if (back.length === 0) return toCheckpoint(',
    to: 'if (back.length < 9) return toCheckpoint(',
  },
  {
    name: 'a source sends vectors that go on changing',
    file: `${TRANSPORT}/giver.ts`,
    from: 'new Uint8Array(new Uint8Array(reduced.buffer, reduced.byteOffset, reduced.byteLength))',
    to: 'new Uint8Array(reduced.buffer, reduced.byteOffset, reduced.byteLength)',
  },
  {
    name: 'one that has fallen behind is not given the state anew',
    file: `${TRANSPORT}/giver.ts`,
    from: '        taker.state = this.#options.snapshot();',
    to: '',
  },
  {
    name: 'nobody looks at whose numbers are none',
    file: 'src/coordinator/progress/own-sums.ts',
    from: 'if (poison !== null) throw poison;',
    to: '',
  },
  {
    name: 'what was written in part on a full disk stays',
    file: 'src/coordinator/store/append-file.ts',
    from: 'const clean = await this.#file.truncate(this.#length).then(',
    to: 'const clean = await Promise.resolve().then(',
  },
  {
    name: 'digests are not compared',
    file: 'src/coordinator/progress/save-points.ts',
    from: 'this.#differ(point.held) !== null',
    to: 'this.#differ(point.held) === undefined',
  },
  {
    name: 'two that differ are judged before a third has told',
    file: `${MEMBERSHIP}/disputed.ts`,
    from: 'const waits = !now && ',
    to: 'const waits = now && ',
  },
  // What is on the record.
  {
    name: 'the ledger is not synced',
    file: 'src/coordinator/store/ledger.ts',
    from: 'await this.#file.flush(true);',
    to: 'await this.#file.flush(false);',
  },
  {
    name: 'what is on the disk is told before it is',
    file: 'src/coordinator/store/archive.ts',
    from: 'const evaluated = this.#history.lastEvaluation?.step ?? 0;\n    await this.#metrics.flush(true);',
    to: 'const evaluated = this.#history.lastEvaluation?.step ?? 0;\n    this.#advance({ steps, evaluated, saved: this.checkpoints.savedStep });\n    await this.#metrics.flush(true);',
  },
  {
    name: 'a checkpoint may be ahead of the ledger',
    file: 'src/coordinator/store/archive.ts',
    from: 'await this.#jobWritten;\n        await this.#group.now();',
    to: 'await this.#jobWritten;',
  },
  {
    name: 'a checkpoint is not synced before it is renamed',
    file: 'src/shared/checkpoint/atomic-file.ts',
    from: 'await file.sync();',
    to: '',
  },
  {
    name: 'a worker keeps no reports for a coordinator that is away',
    file: `${TRANSPORT}/control-link.ts`,
    from: 'this.#outbox.keep(message);',
    to: '',
  },
  {
    name: 'a worker that comes back is told that one step more is on record',
    file: `${MEMBERSHIP}/run.ts`,
    from: '...keeper.recorded,\n        });',
    to: '...keeper.recorded,\n          steps: keeper.recorded.steps + 1,\n        });',
  },
  {
    name: 'an evaluation that was cut off is owed by nobody',
    file: 'src/coordinator/progress/progress.ts',
    from: 'evaluate: this.#evaluations.lacks(step),',
    to: 'evaluate: false,',
  },
  {
    name: 'a checkpoint that was cut off is owed by nobody',
    file: 'src/coordinator/progress/progress.ts',
    from: 'checkpoint: this.savePoints.lacks(step)',
    to: 'checkpoint: false',
  },
  // A run that ends before its plan does.
  {
    name: 'what was computed after an early end is on record',
    file: 'src/coordinator/progress/progress.ts',
    from: 'Math.min(steps, this.#early?.step ?? steps)',
    to: 'steps',
  },
  {
    name: 'an evaluation that was lost is not made again, though the end goes by it',
    file: 'src/coordinator/progress/progress.ts',
    from: 'lost < step; lost++)',
    to: 'lost < 0; lost++)',
  },
  {
    name: 'who is through with the plan, past an early end, is not called back',
    file: `${MEMBERSHIP}/complete.ts`,
    from: 'if (early !== null && step > early.step) {',
    to: 'if (early !== null && step > turn.terms.total) {',
  },
  {
    name: 'a state of after an early end takes the place of the last one',
    file: 'src/coordinator/progress/progress.ts',
    from: 'if (this.#isAfterEnd(message.step)) return;\n    this.#lastPart',
    to: 'this.#lastPart',
  },
];

/** Changes `mutant` in a copy of the sources. */
export function mutate(/** @type {string} */ root, /** @type {Mutant} */ mutant) {
  writeFileSync(join(root, mutant.file), mutated(root, mutant));
}

/** What its file says then. Throws where its line is not there once. */
export function mutated(/** @type {string} */ root, /** @type {Mutant} */ { name, file, from, to }) {
  const text = readFileSync(join(root, file), 'utf8');
  if (text.split(from).length !== 2) throw new Error(`${name}: ${JSON.stringify(from)} is not once in ${file}`);
  return text.replace(from, () => to);
}
