import { whyDenied } from '../../shared/denied.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { isNoexec } from './executable.ts';

/** The sentences that setup ends with when it cannot go on. Each says what to do about it. */

const AGAIN = 'then run `gradsocket setup` again';

export function noPython(): GradsocketError {
  return new GradsocketError(
    'SETUP_NO_PYTHON',
    EXIT.noEngine,
    `Setup fetches TensorFlow with pip, but there is no python3 here. Install python3 with pip (Debian, Ubuntu: apt install python3-pip; Fedora: dnf install python3-pip), ${AGAIN}, or hand it the wheel with --from. Training works meanwhile with --engine wasm.`,
  );
}

export function noPip(python: string): GradsocketError {
  return new GradsocketError(
    'SETUP_NO_PIP',
    EXIT.noEngine,
    `Setup fetches TensorFlow with pip, but ${python} has none. Install it (Debian, Ubuntu: apt install python3-pip; Fedora: dnf install python3-pip; elsewhere: ${python} -m ensurepip), ${AGAIN}, or hand it the wheel with --from. Training works meanwhile with --engine wasm.`,
  );
}

export function noCompiler(): GradsocketError {
  return new GradsocketError(
    'SETUP_NO_COMPILER',
    EXIT.noEngine,
    `Setup builds the binding to TensorFlow, but there is no C++ compiler here. Install g++ (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++) or name one in CXX, ${AGAIN}. Training works meanwhile with --engine wasm.`,
  );
}

/** `named`: in CXX. */
export function noSuchCompiler(named: string): GradsocketError {
  return new GradsocketError(
    'SETUP_CXX',
    EXIT.noEngine,
    `Setup builds the binding to TensorFlow with what CXX names, but \`${named}\` does not run here. Name another, or unset CXX for g++, ${AGAIN}. Training works meanwhile with --engine wasm.`,
  );
}

export function noTools(): GradsocketError {
  return new GradsocketError(
    'SETUP_NO_TOOLS',
    EXIT.noEngine,
    `Setup fetches TensorFlow with pip and builds the binding to it, but there is neither Python with pip nor a C++ compiler here. Install both (Debian, Ubuntu: apt install python3-pip g++; Fedora: dnf install python3-pip gcc-c++), ${AGAIN}. Training works meanwhile with --engine wasm.`,
  );
}

export function wrongPlatform(what: string): GradsocketError {
  return new GradsocketError(
    'SETUP_PLATFORM',
    EXIT.noEngine,
    `The tensorflow engine needs Linux on x64 with AVX and glibc 2.27 or newer; this is ${what}. Use --engine wasm here, which needs nothing installed.`,
  );
}

export function downloadFailed(what: string, reason: string, cause?: unknown): GradsocketError {
  return new GradsocketError(
    'SETUP_DOWNLOAD',
    EXIT.noEngine,
    `${what} could not be fetched: ${reason}. Check the network and the settings of pip and npm, ${AGAIN}; on a machine without a registry, hand over the files with --from.`,
    { cause },
  );
}

export function hashMismatch(file: string, expected: string, found: string): GradsocketError {
  return new GradsocketError(
    'SETUP_HASH',
    EXIT.noEngine,
    `${file} is not what this version of gradsocket is pinned to: its digest is ${found.slice(0, 16)}..., expected ${expected.slice(0, 16)}.... It was fetched badly or changed on the way, and nothing of it was installed. Fetch it again; if that stays so, the mirror that it comes from is not to be trusted.`,
  );
}

export function notEnoughSpace(folder: string, needed: number, free: number): GradsocketError {
  return new GradsocketError(
    'SETUP_SPACE',
    EXIT.ioError,
    `Setup needs ${gigabytes(needed)} in ${folder}, where ${gigabytes(free)} are free. Make room, or name another folder in GRADSOCKET_CACHE, ${AGAIN}.`,
  );
}

export function cannotWrite(folder: string, cause: Error): GradsocketError {
  return new GradsocketError(
    'SETUP_WRITE',
    EXIT.ioError,
    `Setup cannot write to ${folder}: ${whyDenied(cause) ?? cause.message}. Mend that, or name another folder in GRADSOCKET_CACHE, ${AGAIN}.`,
    { cause },
  );
}

export function badSource(path: string, what: string): GradsocketError {
  return new GradsocketError(
    'SETUP_FROM',
    EXIT.usage,
    `--from ${path}: ${what}. Give a TensorFlow wheel, a folder that holds wheels, or a folder with libtensorflow_cc.so.2, libtensorflow_framework.so.2 and include/.`,
  );
}

export function buildFailed(compiler: string, output: string): GradsocketError {
  return new GradsocketError(
    'SETUP_BUILD',
    EXIT.noEngine,
    `${compiler} could not build the binding to TensorFlow: ${output}. It needs C++17 (g++ 8 or newer): update it or name another in CXX, ${AGAIN}.`,
  );
}

export function trialFailed(reason: string): GradsocketError {
  return new GradsocketError(
    'SETUP_TRIAL',
    EXIT.noEngine,
    `TensorFlow was built here but does not run: ${reason}. Nothing was installed; use --engine wasm on this machine.`,
  );
}

/** Another setup would change nothing there. */
export function nothingExecuted(folder: string, cause?: unknown): GradsocketError {
  return new GradsocketError(
    'ENGINE_NOEXEC',
    EXIT.noEngine,
    `The tensorflow engine cannot be used in ${folder}: that file system is mounted noexec, and libraries cannot be loaded from it. ` +
      'Set GRADSOCKET_CACHE to a folder elsewhere and run `gradsocket setup`, or use --engine wasm.',
    { cause },
  );
}

/** `reason`: the loader's words. */
export function engineUnloadable(folder: string, reason: string, cause?: unknown): GradsocketError {
  return isNoexec(reason)
    ? nothingExecuted(folder, cause)
    : engineBroken(folder, `it does not load (${reason})`, cause);
}

/** Not of setup, but mended by it. `reason`: a clause. */
export function engineBroken(folder: string, reason: string, cause?: unknown): GradsocketError {
  return new GradsocketError(
    'ENGINE_BROKEN',
    EXIT.noEngine,
    `The tensorflow engine in ${folder} is broken: ${reason}. Make it anew with \`gradsocket setup --force\`, or use --engine wasm.`,
    { cause },
  );
}

export function interrupted(): GradsocketError {
  return new GradsocketError(
    'SETUP_INTERRUPTED',
    EXIT.interrupted,
    'Setup was interrupted; nothing was installed and nothing is left behind.',
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
