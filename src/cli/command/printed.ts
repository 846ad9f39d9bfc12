import type { Writable } from 'node:stream';

/**
 * Until all that was printed is with whoever reads it, or nobody does any more. A pipe or a terminal takes as much as it has room for; what is
 * left is written once there is some, and would be lost with the process.
 */
export async function allPrinted(streams: readonly Writable[] = [process.stdout, process.stderr]): Promise<void> {
  const behind = streams.filter(({ writableLength }) => writableLength > 0);
  await Promise.all(
    behind.map(
      (stream) =>
        new Promise<void>((resolve) => {
          stream.once('close', resolve);
          stream.write('', () => resolve());
        }),
    ),
  );
}

/** What Node has behind a terminal. */
interface Handle {
  setBlocking?(blocking: boolean): unknown;
}

/**
 * A terminal that takes nothing for a while (Ctrl-S, a line to another machine that is asleep) stops the whole process at the next line, unless
 * it is told not to wait: from then on, what is printed waits by itself.
 */
export function waitForNoTerminal(streams: readonly Writable[] = [process.stdout, process.stderr]): void {
  for (const stream of streams) {
    if (!('isTTY' in stream && stream.isTTY === true)) continue;
    (stream as { readonly _handle?: Handle })._handle?.setBlocking?.(false);
  }
}
