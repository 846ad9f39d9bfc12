import { expect, it } from 'vitest';
import { failureOf } from '../../src/cli/command/failure.ts';
import { asGradsocketError } from '../../src/coordinator/membership/outcome.ts';
import { writeFailure } from '../../src/shared/checkpoint/atomic-file.ts';
import { exhausted } from '../../src/shared/exhausted.ts';
import { failureOf as workerFailureOf } from '../../src/worker/report/failure.ts';

const files = Object.assign(new Error("EMFILE: too many open files, open 'x'"), { code: 'EMFILE' });
const space = new RangeError('WebAssembly.Memory(): could not allocate memory');
const instance = new RangeError(
  'WebAssembly.instantiate(): Out of memory: Cannot allocate Wasm memory for new instance',
);
const thread = Object.assign(new Error('EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' });
const child = Object.assign(new Error('spawn node EAGAIN'), { code: 'EAGAIN', syscall: 'spawn node' });

it.each([
  [thread, 'TOO_MANY_THREADS', /ulimit -u .*--pids-limit/],
  [child, 'TOO_MANY_THREADS', /ulimit -u .*--pids-limit/],
  [files, 'TOO_MANY_FILES', /ulimit -n/],
  [space, 'NO_ADDRESS_SPACE', /ulimit -v/],
  [instance, 'NO_ADDRESS_SPACE', /ulimit -v/],
])('%s is a sentence that names the limit, wherever it comes up, and no bug', (error, code, sentence) => {
  const expected = { code, exitCode: 78, message: expect.stringMatching(sentence) };
  expect(exhausted(error)).toMatchObject(expected);
  expect(asGradsocketError(error)).toMatchObject(expected);
  expect(writeFailure('x', 0, error)).toMatchObject(expected);
  expect(failureOf(error)).toMatchObject({ code, exitCode: 78, detail: null });
  const logged: string[] = [];
  expect(workerFailureOf(error, (line) => logged.push(line))).toMatchObject(expected);
  expect(logged).toEqual([]);
});

it('other errors are what they are', () => {
  expect(exhausted(new Error('too many open files'))).toBeNull();
  expect(exhausted('EMFILE')).toBeNull();
  expect(exhausted(Object.assign(new Error('EAGAIN'), { code: 'EAGAIN', syscall: 'read' }))).toBeNull();
});
