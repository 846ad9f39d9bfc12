/** A group of HDF5: groups and arrays of float32 by their names. */
export type Hdf5Group = ReadonlyMap<string, Hdf5Group | Hdf5Array>;

export interface Hdf5Array {
  readonly shape: readonly number[];
  /** float32, little-endian, row-major. */
  readonly bytes: Uint8Array;
}

const UNDEFINED = 0xffff_ffff_ffff_ffffn;
const SUPERBLOCK_BYTES = 96;
/** Of messages in the header of an object. */
const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  fill: 0x05,
  link: 0x06,
  layout: 0x08,
  groupInfo: 0x0a,
};

/**
 * The little of HDF5 that holds float32 arrays in groups, in the form that every version of its library reads: superblock 0, object
 * headers of version 1, links in their groups' headers, data in one piece each.
 */
export function hdf5File(root: Hdf5Group): Uint8Array {
  const file = new Pieces(SUPERBLOCK_BYTES);
  const rootAddress = writeGroup(file, root);
  const superblock = new Fields()
    .bytes(Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a))
    // Versions, then sizes of offsets and lengths.
    .bytes(Uint8Array.of(0, 0, 0, 0, 0, 8, 8, 0))
    // How wide trees are that are not there.
    .uint16(4)
    .uint16(16)
    .uint32(0)
    .uint64(0n)
    .uint64(UNDEFINED)
    .uint64(BigInt(file.length))
    .uint64(UNDEFINED)
    // The root group: no name, its header, nothing cached.
    .uint64(0n)
    .uint64(BigInt(rootAddress))
    .bytes(new Uint8Array(24));
  return file.finish(superblock.finish());
}

function writeGroup(file: Pieces, group: Hdf5Group): number {
  const links = [...group].map(([name, member]) => {
    const address = 'bytes' in member ? writeArray(file, member) : writeGroup(file, member);
    const text = Buffer.from(name);
    const link = new Fields()
      .bytes(Uint8Array.of(1, 0, text.length))
      .bytes(text)
      .uint64(BigInt(address));
    return message(MESSAGE.link, link);
  });
  const linkInfo = new Fields().bytes(Uint8Array.of(0, 0)).uint64(UNDEFINED).uint64(UNDEFINED);
  const groupInfo = new Fields().bytes(Uint8Array.of(0, 0));
  return file.add(header([message(MESSAGE.linkInfo, linkInfo), message(MESSAGE.groupInfo, groupInfo), ...links]));
}

function writeArray(file: Pieces, { shape, bytes }: Hdf5Array): number {
  const address = file.add(bytes);
  const dataspace = new Fields().bytes(Uint8Array.of(1, shape.length, 0, 0, 0, 0, 0, 0));
  for (const size of shape) dataspace.uint64(BigInt(size));
  const float32 = new Fields()
    .bytes(Uint8Array.of(0x11, 0x20, 0x1f, 0))
    .uint32(4)
    // Bits: first and number; exponent and mantissa: first and number of each; bias of the exponent.
    .uint16(0)
    .uint16(32)
    .bytes(Uint8Array.of(23, 8, 0, 23))
    .uint32(127);
  const fill = new Fields().bytes(Uint8Array.of(2, 2, 2, 0));
  const layout = new Fields().bytes(Uint8Array.of(3, 1)).uint64(BigInt(address)).uint64(BigInt(bytes.length));
  return file.add(
    header([
      message(MESSAGE.dataspace, dataspace),
      message(MESSAGE.datatype, float32),
      message(MESSAGE.fill, fill),
      message(MESSAGE.layout, layout),
    ]),
  );
}

function message(type: number, content: Fields): Uint8Array {
  const bytes = content.padded();
  return new Fields().uint16(type).uint16(bytes.length).uint32(0).bytes(bytes).finish();
}

function header(messages: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(messages);
  return new Fields()
    .bytes(Uint8Array.of(1, 0))
    .uint16(messages.length)
    .uint32(1)
    .uint32(content.length)
    .uint32(0)
    .bytes(content)
    .finish();
}

/** Numbers, little-endian, one after the other. */
class Fields {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  bytes(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return this;
  }

  uint16(value: number): this {
    return this.bytes(new Uint8Array(Uint16Array.of(value).buffer));
  }

  uint32(value: number): this {
    return this.bytes(new Uint8Array(Uint32Array.of(value).buffer));
  }

  uint64(value: bigint): this {
    return this.bytes(new Uint8Array(BigUint64Array.of(value).buffer));
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  /** To a multiple of 8. */
  padded(): Uint8Array {
    return this.bytes(new Uint8Array((8 - (this.#length % 8)) % 8)).finish();
  }
}

/** What lies in a file one after the other, each at a multiple of 8. */
class Pieces {
  readonly #begin: number;
  readonly #parts: Uint8Array[] = [];
  length: number;

  constructor(begin: number) {
    this.#begin = begin;
    this.length = begin;
  }

  /** Returns where it lies. */
  add(bytes: Uint8Array): number {
    const address = this.length;
    const padding = (8 - (bytes.length % 8)) % 8;
    this.#parts.push(bytes, new Uint8Array(padding));
    this.length += bytes.length + padding;
    return address;
  }

  finish(first: Uint8Array): Uint8Array {
    if (first.length !== this.#begin) throw new Error(`what comes first has ${first.length} bytes`);
    return Buffer.concat([first, ...this.#parts]);
  }
}
