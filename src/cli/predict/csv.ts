import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { writeFailure } from '../../shared/checkpoint/atomic-file.ts';
import { unprinted } from '../command/unprinted.ts';

/** Where `--csv` goes that is given no file. */
export const STDOUT = '-';

/** A table of predictions: a line for each image as it is known, in the form of RFC 4180. */
export class PredictionTable {
  readonly #file: string;
  readonly #stream: Writable;
  #failure: unknown = null;

  private constructor(file: string) {
    this.#file = file;
    this.#stream = file === STDOUT ? process.stdout : createWriteStream(file);
    this.#stream.on('error', (error) => (this.#failure = error));
  }

  /** Whoever read what is printed has gone, as `head` does: the rest is of no interest, and that is no failure. */
  get unread(): boolean {
    return this.#file === STDOUT && (this.#failure as NodeJS.ErrnoException | null)?.code === 'EPIPE';
  }

  /** With its head: id, label, the classes. Begun before the first image, so that a place that cannot be written is known. */
  static async begin(file: string, classes: readonly string[]): Promise<PredictionTable> {
    const table = new PredictionTable(file);
    if (file !== STDOUT) await once(table.#stream, 'open').catch((error: unknown) => table.#fail(error));
    await table.#line(columnsFor(classes));
    return table;
  }

  /** `probabilities`: of each class, in their order. */
  add(id: string, label: string, probabilities: readonly number[]): Promise<void> {
    return this.#line([id, label, ...probabilities.map((probability) => String(Number(probability.toPrecision(7))))]);
  }

  async end(): Promise<void> {
    if (this.#file === STDOUT) return;
    this.#stream.end();
    await finished(this.#stream).catch((error: unknown) => this.#fail(error));
  }

  async #line(fields: readonly string[]): Promise<void> {
    if (this.unread) return;
    if (this.#failure !== null) this.#fail(this.#failure);
    if (!this.#stream.write(csvLine(fields)))
      await once(this.#stream, 'drain').catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): void {
    if (this.unread) return;
    throw (this.#file === STDOUT ? unprinted(error, process.stdout.isTTY) : null) ?? writeFailure(this.#file, 0, error);
  }
}

const FIRST = ['id', 'label'];

/** No name twice: a class may be called as a column is. */
function columnsFor(classes: readonly string[]): readonly string[] {
  const taken = new Set([...FIRST, ...classes]);
  const named = classes.map((name) => {
    if (!FIRST.includes(name)) return name;
    let column = `class ${name}`;
    while (taken.has(column)) column = `class ${column}`;
    taken.add(column);
    return column;
  });
  return [...FIRST, ...named];
}

/** Quoted where it must be. */
function csvLine(fields: readonly string[]): string {
  const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return `${fields.map(quoted).join(',')}\r\n`;
}
