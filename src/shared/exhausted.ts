import { EXIT, GradsocketError } from './errors.ts';

/** Goes on a sentence. Containers have limits of their own, which count threads as processes. */
export const NO_THREADS =
  'the system starts no more threads or processes for this user or container (EAGAIN). Raise that limit (ulimit -u 4096, --pids-limit, ' +
  'podPidsLimit), or start fewer workers';

/** Goes on a sentence, too: before a program could be started that would say so itself. */
export const NO_FILES =
  'this process may not open as many files as it needs (EMFILE). Raise the limit (ulimit -n 1024), and start it again';

/** What this process was not given by the system, where that is what an error says; null: it says something else. */
export function exhausted(error: unknown): GradsocketError | null {
  if (!(error instanceof Error)) return null;
  const { code = '', syscall = '' } = error as NodeJS.ErrnoException;
  if (code === 'EMFILE' || code === 'ENFILE') {
    return new GradsocketError(
      'TOO_MANY_FILES',
      EXIT.configuration,
      `This process may not open as many files as it needs (${code}). Raise the limit (ulimit -n 1024), and start it again.`,
      { cause: error },
    );
  }
  if (code === 'ERR_WORKER_INIT_FAILED' || (code === 'EAGAIN' && syscall.startsWith('spawn'))) {
    return new GradsocketError(
      'TOO_MANY_THREADS',
      EXIT.configuration,
      `This cannot go on: ${NO_THREADS}, and start it again.`,
      {
        cause: error,
      },
    );
  }
  if (/(WebAssembly|Wasm|wasm).*(could not allocate memory|[Oo]ut of memory|Cannot allocate)/s.test(error.message)) {
    return noAddressSpace(error);
  }
  return null;
}

export function noAddressSpace(cause?: unknown): GradsocketError {
  return new GradsocketError(
    'NO_ADDRESS_SPACE',
    EXIT.configuration,
    'This process may not reserve the address space that WebAssembly needs: some tens of GiB, of which little is ever used. ' +
      'Lift the limit on it (ulimit -v unlimited), limit memory by a control group instead, and start it again.',
    { cause },
  );
}
