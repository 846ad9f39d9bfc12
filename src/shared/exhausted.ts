import { EXIT, GradsocketError } from './errors.ts';

/** What this process was not given by the system, where that is what an error says; null: it says something else. */
export function exhausted(error: unknown): GradsocketError | null {
  if (!(error instanceof Error)) return null;
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'EMFILE' || code === 'ENFILE') {
    return new GradsocketError(
      'TOO_MANY_FILES',
      EXIT.configuration,
      `This process may not open as many files as it needs (${code}). Raise the limit (ulimit -n 1024), and start it again.`,
      { cause: error },
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
