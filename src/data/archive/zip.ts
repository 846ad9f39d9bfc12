import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { GradsocketError } from '../../shared/errors.ts';
import { forEachBounded } from '../files/bounded.ts';
import type { Destination } from './destination.ts';

/** Files unpacked at once: enough to keep inflating and the disk busy. */
const AT_ONCE = 4;
const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const FOLDER = 0o040000;

interface Placed {
  readonly entry: Entry;
  readonly path: string;
}

/** A zip lists what it holds: all of it is checked before anything is written. */
export async function unpackZip(file: string, to: Destination): Promise<void> {
  let zip: ZipFile | null = null;
  try {
    zip = await openPromise(file, { autoClose: false });
    const files: Placed[] = [];
    const folders: string[] = [];
    for await (const entry of zip.eachEntry()) {
      const path = to.placeOf(entry.fileName);
      if (path === null) continue;
      // The upper half holds the file's Unix mode, 0 where it comes from elsewhere.
      const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
      if (entry.fileName.endsWith('/')) folders.push(path);
      else if (![0, REGULAR, FOLDER].includes(type)) throw linkInside(entry.fileName, to);
      else if (entry.isEncrypted())
        throw to.refused('it is encrypted', 'Unpack it with its password, and pass the folder.');
      else if (!entry.canDecodeFileData()) {
        const why = `${entry.fileName} is packed in a way that is not read here (method ${entry.compressionMethod})`;
        throw to.refused(why, 'Unpack it yourself, and pass the folder.');
      } else files.push({ entry, path });
    }
    await to.expect(files.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0));
    for (const folder of folders) await to.makeFolder(folder);
    const opened = zip;
    await forEachBounded(files.length, AT_ONCE, async (index) => {
      const { entry, path } = files[index]!;
      await to.write(path, checked(await opened.openReadStreamPromise(entry), entry, to));
    });
  } catch (error) {
    if (error instanceof GradsocketError) throw error;
    throw to.refused(reasonOf(error));
  } finally {
    zip?.close();
  }
}

export function linkInside(name: string, to: Destination): GradsocketError {
  const why = `${name} is a link or a device, which archives of images have no need of`;
  return to.refused(why, 'Unpack it yourself, and pass the folder.');
}

/** yauzl checks the size, not the sum. */
async function* checked(content: AsyncIterable<Buffer>, entry: Entry, to: Destination): AsyncGenerator<Buffer> {
  let sum = 0;
  for await (const part of content) {
    sum = crc32(part, sum);
    yield part;
  }
  if (sum !== entry.crc32) throw to.refused(`${entry.fileName} in it is damaged`);
}

/** yauzl's sentences are for programmers. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/relative path|absolute path|invalid characters/i.test(message))
    return `a name leads out of its folder (${message})`;
  if (/end of central directory/i.test(message)) return 'it is cut short or no zip archive';
  return `it is damaged (${message.replace(/[.\s]+$/, '')})`;
}
