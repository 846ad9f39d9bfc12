import { writeFailure } from '../../shared/checkpoint/atomic-file.ts';
import { type Disk, nodeDisk, readIfThere } from '../../shared/disk.ts';
import { plural } from '../../shared/plural.ts';
import { markLength } from '../../shared/text-of-bytes.ts';
import { AppendFile, type AppendOptions } from './append-file.ts';

const NEWLINE = 0x0a;

/** What a file of lines begins with. */
export interface FoundLines {
  readonly lines: readonly unknown[];
  /** How long they are. */
  readonly bytes: number;
  /** What comes behind them is no whole line, or not to be kept; 0: nothing. */
  readonly rest: number;
}

/** One JSON value a line, appended as things happen, so that a crash loses the last lines at most. */
export class LineFile {
  readonly #file: AppendFile;
  readonly #disk: Disk;

  private constructor(file: AppendFile, disk: Disk) {
    this.#file = file;
    this.#disk = disk;
  }

  /**
   * Opens `path` behind the lines at its start for which `keep` holds, and cuts off the rest: also a part of a line, as a crash
   * leaves it. A whole one that only lacks its end, as an editor leaves it, gets that.
   */
  static async open(
    path: string,
    keep: (line: unknown) => boolean,
    options: AppendOptions,
  ): Promise<{ readonly file: LineFile } & FoundLines> {
    const disk = options.disk ?? nodeDisk;
    const content = await readIfThere(disk, path).catch((error: unknown) => {
      throw writeFailure(path, 0, error);
    });
    const found = linesIn(content, keep);
    const file = await AppendFile.open(path, found.bytes, options);
    if (found.lines.length > 0 && content[found.bytes - 1] !== NEWLINE) file.append(Uint8Array.of(NEWLINE));
    return { file: new LineFile(file, disk), ...found };
  }

  append(line: object): void {
    this.#file.append(Buffer.from(`${JSON.stringify(line)}\n`));
  }

  /** Cuts off all from the first line on for which `keep` does not hold. Returns what is left. */
  async cut(keep: (line: unknown) => boolean): Promise<readonly unknown[]> {
    await this.#file.flush();
    const { lines, bytes, rest } = linesIn(await this.#disk.read(this.#file.path), keep);
    if (rest > 0) await this.#file.cut(bytes);
    return lines;
  }

  /** Waits until everything appended is in the file; with `sync`, until it is on the disk. Throws what went wrong. */
  flush(sync = false): Promise<void> {
    return this.#file.flush(sync);
  }

  /** Never throws: what could not be written was told to `onError`. */
  close(): Promise<void> {
    return this.#file.close();
  }
}

/** The lines of a JSON-lines file, to be looked at. What is none is left out, as is a part of one at the end. */
export async function readLines(path: string, disk: Disk = nodeDisk): Promise<readonly unknown[]> {
  return soundLines(await readIfThere(disk, path)).map(({ value }) => value);
}

/** As `readLines`, for people: `tell` gets a sentence about what is left out, but for a part of a line at the end, as any run may have it. */
export async function readShownLines(path: string, tell: (sentence: string) => void): Promise<readonly unknown[]> {
  const all = [...allIn(await readIfThere(nodeDisk, path))];
  const damaged = Array.from(all.keys()).filter((at) => all[at]!.value === undefined && all[at]!.text.trim() !== '');
  const [first] = damaged;
  if (first !== undefined) {
    const others = damaged.length - 1;
    const left = others === 0 ? 'it is left out' : `it and ${plural(others, 'other')} behind it are left out`;
    tell(`${path} is damaged in line ${first + 1}: ${left}.`);
  }
  return all.flatMap(({ value }) => value ?? []);
}

/** All that are one, also behind what is none. */
export function soundLines(content: Buffer): readonly Line[] {
  return [...allIn(content)].filter(({ value }) => value !== undefined);
}

export function linesIn(content: Buffer, keep: (line: unknown) => boolean): FoundLines {
  const lines: unknown[] = [];
  let bytes = markLength(content);
  for (const { value, end } of allIn(content)) {
    if (value === undefined || !keep(value)) break;
    lines.push(value);
    bytes = end;
  }
  return { lines, bytes, rest: content.length - bytes };
}

interface Line {
  readonly text: string;
  /** Undefined: it is none. */
  readonly value: unknown;
  /** Behind its last byte. */
  readonly end: number;
}

function* allIn(content: Buffer): Generator<Line> {
  // An editor puts its mark before them.
  let start = markLength(content);
  for (let end = content.indexOf(NEWLINE, start); end >= 0; end = content.indexOf(NEWLINE, start)) {
    const text = content.toString('utf8', start, end);
    yield { text, value: parsed(text), end: end + 1 };
    start = end + 1;
  }
  const last = content.toString('utf8', start);
  const value = parsed(last);
  if (value !== undefined) yield { text: last, value, end: content.length };
}

/** Every line is an object, of which no part is one: what can be read of the last line is all of it, with its end or without. */
function parsed(line: string): unknown {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
