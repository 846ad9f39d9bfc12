import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

export interface ZipEntry {
  readonly content: Uint8Array | string;
  readonly flags?: number;
  readonly method?: number;
  /** Unix mode. */
  readonly mode?: number;
  /** What the archive says it to be. */
  readonly sum?: number;
}

/** A zip archive made by hand, so that it can also be one that no program makes. */
export function zipOf(entries: readonly (readonly [string, ZipEntry | Uint8Array | string])[]): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, given] of entries) {
    const entry: ZipEntry = typeof given === 'string' || given instanceof Uint8Array ? { content: given } : given;
    const { content, flags = 0x0800, method = 8, mode = 0, sum } = entry;
    const bytes = Buffer.from(content);
    const packed = method === 8 ? deflateRawSync(bytes) : bytes;
    const file = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(sum ?? crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(file.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), common, file, packed);
    central.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, tail, file);
    offset += 30 + file.length + packed.length;
  }
  const list = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, list, end]);
}

export interface TarEntry {
  readonly content?: Uint8Array | string;
  /** 0: a file, 2: a symbolic link, 5: a folder. */
  readonly type?: string;
  readonly link?: string;
}

/** A tar archive, made by hand as well. */
export function tarOf(entries: readonly (readonly [string | Uint8Array, TarEntry | Uint8Array | string])[]): Buffer {
  const parts: Buffer[] = [];
  for (const [name, given] of entries) {
    const entry: TarEntry = typeof given === 'string' || given instanceof Uint8Array ? { content: given } : given;
    const content = Buffer.from(entry.content ?? '');
    const head = Buffer.alloc(512);
    head.set(Buffer.from(name));
    head.write('0000644\0', 100);
    head.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    head.write('00000000000\0        ', 136);
    head.write(entry.type ?? '0', 156);
    head.write(entry.link ?? '', 157);
    head.write('ustar\x0000', 257);
    head.write(
      `${head
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    parts.push(head, content, Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

export function gzipped(bytes: Uint8Array): Buffer {
  return gzipSync(bytes);
}
