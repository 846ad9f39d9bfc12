import { visible } from '../../shared/visible.ts';

/** Lines for people, on stdout. Names of classes and files come from elsewhere: nothing in them reaches the terminal raw. */
export function printLines(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${visible(line)}\n`).join(''));
}

/** One value for programs, on stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
