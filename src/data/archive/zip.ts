import { isUtf8 } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import { GradsocketError } from '../../shared/errors.ts';
import { forEachBounded } from '../files/bounded.ts';
import { awayIn } from '../files/read-again.ts';
import type { Destination } from './destination.ts';
import { linkInside, LOST, notUtf8 } from './refused-entries.ts';

/** Files unpacked at once: enough to keep inflating and the disk busy. */
const AT_ONCE = 4;
const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const FOLDER = 0o040000;

/** The flag of an entry, and the number of a field beside it, that say that its name is UTF-8. */
const UTF8_FLAG = 0x800;
const UTF8_FIELD = 0x7075;

interface Placed {
  readonly entry: Entry;
  readonly name: string;
  readonly path: string;
}

/** A zip lists what it holds: all of it is checked before anything is written. */
export async function unpackZip(file: string, to: Destination): Promise<void> {
  let zip: ZipFile | null = null;
  try {
    zip = await openPromise(file, { autoClose: false, decodeStrings: false });
    const files: Placed[] = [];
    const folders: string[] = [];
    for await (const entry of zip.eachEntry()) {
      const name = nameOf(entry, to);
      const path = to.placeOf(name);
      if (path === null) continue;
      // The upper half holds the file's Unix mode, 0 where it comes from elsewhere.
      const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
      if (name.endsWith('/')) folders.push(path);
      else if (![0, REGULAR, FOLDER].includes(type)) throw linkInside(name, to);
      else if (entry.isEncrypted())
        throw to.refused('it is encrypted', 'Unpack it with its password, and pass the folder.');
      else if (!entry.canDecodeFileData()) {
        const why = `${name} is packed in a way that is not read here (method ${entry.compressionMethod})`;
        throw to.refused(why, 'Unpack it yourself, and pass the folder.');
      } else files.push({ entry, name, path });
    }
    await to.expect(files.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0));
    for (const folder of folders) await to.makeFolder(folder);
    const opened = zip;
    await forEachBounded(files.length, AT_ONCE, async (index) => {
      const placed = files[index]!;
      await to.write(placed.path, checked(await opened.openReadStreamPromise(placed.entry), placed, to));
    });
  } catch (error) {
    if (error instanceof GradsocketError || awayIn(file, error) !== null) throw error;
    throw to.refused(reasonOf(error));
  } finally {
    zip?.close();
  }
}

/**
 * Some programs write UTF-8, as that of macOS, and do not say so: as the code page of DOS it would be other letters. Where it
 * would be lines of a frame, it is neither, but that of Chinese, Japanese, Russian, ...: in those a byte of a letter may be a
 * backslash, and two classes become one.
 */
function nameOf({ generalPurposeBitFlag: flags, fileNameRaw: bytes, extraFields }: Entry, to: Destination): string {
  const isSaid = (flags & UTF8_FLAG) !== 0 || extraFields.some(({ id }) => id === UTF8_FIELD);
  const isWide = isSaid || isUtf8(bytes);
  const name = getFileNameLowLevel(!isSaid && isWide ? flags | UTF8_FLAG : flags, bytes, extraFields, false);
  if (isSaid && name.includes(LOST)) throw notUtf8(name, to);
  if (isWide || bytes.every(isOfDos)) return name;
  throw to.refused(
    `it holds the name ${JSON.stringify(name)}, in a code page that it does not name`,
    'Unpack it yourself with that (such as `unzip -O gbk`), and pass the folder.',
  );
}

/** Whether a byte is a letter, or what stands in names, as DOS has them. */
function isOfDos(byte: number): boolean {
  return (
    byte < 0x9b || (byte >= 0xa0 && byte <= 0xa8) || (byte >= 0xad && byte <= 0xaf) || byte === 0xe1 || byte === 0xf8
  );
}

/** yauzl checks the size, not the sum. */
async function* checked(
  content: AsyncIterable<Buffer>,
  { entry, name }: Placed,
  to: Destination,
): AsyncGenerator<Buffer> {
  let sum = 0;
  for await (const part of content) {
    sum = crc32(part, sum);
    yield part;
  }
  if (sum !== entry.crc32) throw to.refused(`${name} in it is damaged`);
}

/** yauzl's sentences are for programmers. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/end of central directory/i.test(message)) return 'it is cut short or no zip archive';
  return `it is damaged (${message.replace(/[.\s]+$/, '')})`;
}
