import { stat } from 'node:fs/promises';
import { markLength } from '../../shared/text-of-bytes.ts';
import { diskPath, nameFromBytes } from './path-bytes.ts';
import { readAgain, unlessAway } from './read-again.ts';
import { readRegularFile } from './regular-file.ts';

/** Files with a line for each image. */
export const TABLE_NAME = /\.(?:csv|tsv|jsonl|ndjson)$/i;
/** What is longer is no list of images. */
const MOST_BYTES = 2 ** 26;

/**
 * Lines of fields; of JSON the names of the fields come first. Null: it cannot be read, is too long, or has more in a field than
 * a value.
 */
export function readTable(path: string): Promise<readonly (readonly string[])[] | null> {
  return rowsIn(path).catch(unlessAway(null));
}

async function rowsIn(path: string): Promise<readonly (readonly string[])[] | null> {
  if ((await readAgain(path, () => stat(diskPath(path)))).size > MOST_BYTES) return null;
  const text = textOf(await readAgain(path, () => readRegularFile(path)));
  return /json$|jsonl$/i.test(path) ? rowsOfJson(text) : rowsOfFields(text);
}

/** As names of files are, which it lists; or in UTF-16, as some programs of Windows write it. */
function textOf(bytes: Uint8Array): string {
  const isWide = bytes[0] === 0xff && bytes[1] === 0xfe;
  return isWide ? new TextDecoder('utf-16le').decode(bytes) : nameFromBytes(bytes.subarray(markLength(bytes)));
}

/** Between commas, semicolons or tabs, in quotes or not. */
function rowsOfFields(text: string): readonly (readonly string[])[] {
  const head = /^.*/.exec(text)![0];
  const count = (mark: string): number => head.split(mark).length;
  const [mark] = [',', ';', '\t'].toSorted((a, b) => count(b) - count(a));
  const field = new RegExp(`"((?:[^"]|"")*)"(?=${mark}|\\r?\\n|$)|[^${mark}\\r\\n]*`, 'y');
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length; ) {
    field.lastIndex = at;
    const [whole, quoted] = field.exec(text)!;
    row.push(quoted?.replaceAll('""', '"') ?? whole);
    at += whole.length;
    if (text[at] === mark) {
      at++;
      if (at < text.length) continue;
      row.push('');
    }
    at += /^\r?\n?/.exec(text.slice(at, at + 2))![0].length;
    if (row.some((value) => value.trim() !== '')) rows.push(row);
    row = [];
  }
  return rows;
}

/** An object a line, as Hugging Face's `metadata.jsonl` has them. */
function rowsOfJson(text: string): readonly (readonly string[])[] | null {
  const lines: Readonly<Record<string, unknown>>[] = [];
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const value = valueOf(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    lines.push(value as Readonly<Record<string, unknown>>);
  }
  const titles = [...new Set(lines.flatMap(Object.keys))];
  const rows = lines.map((line) => titles.map((title) => line[title] ?? ''));
  return rows.some((row) => row.some((value) => typeof value === 'object'))
    ? null
    : [titles, ...rows.map((row) => row.map(String))];
}

function valueOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
