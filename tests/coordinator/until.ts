/** A busy machine takes its time; less than a test may take, so that it is said what never came. */
const PATIENCE_MS = 50_000;

/** Lets everything that is under way in this process go on until `condition` holds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Everything that is under way over memory channels arrives. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}
