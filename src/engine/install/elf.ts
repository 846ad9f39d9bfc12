import type { FileHandle } from 'node:fs/promises';

/** The little of ELF that is wanted of programs and shared libraries here: 64 bits, little-endian (System V ABI, "ELF-64 Object File Format"). */

export const SECTION_TYPE = { rela: 4, dynamic: 6, dynsym: 11 } as const;
export const RELOCATION = { x86_64: { absolute: 1, globalData: 6, relative: 8 } } as const;
export const DYNAMIC_TAG = { rela: 7, relativeCount: 0x6ffffff9 } as const;

/** Of e_machine. */
const X86_64 = 62;
const SECTION_HEADER = 64;
const SYMBOL = 24;

export interface Section {
  readonly type: number;
  /** In memory, from where the object begins. */
  readonly address: number;
  /** In the file. */
  readonly offset: number;
  readonly size: number;
  /** Number of the section that belongs to it: of a symbol table, its strings. */
  readonly link: number;
}

/** The sections of a program or a shared library for x86-64; null: it is neither, or has no table of them. */
export async function readSections(file: FileHandle): Promise<readonly Section[] | null> {
  const head = await readAt(file, 0, 64);
  const isObject = head.length === 64 && head.toString('latin1', 0, 6) === '\x7fELF\x02\x01';
  if (!isObject || head.readUInt16LE(18) !== X86_64 || head.readUInt16LE(58) !== SECTION_HEADER) return null;
  const count = head.readUInt16LE(60);
  const table = await readAt(file, Number(head.readBigUInt64LE(40)), count * SECTION_HEADER);
  if (table.length < count * SECTION_HEADER) return null;
  return Array.from({ length: count }, (_, index) => {
    const at = index * SECTION_HEADER;
    const number = (offset: number): number => Number(table.readBigUInt64LE(at + offset));
    return {
      type: table.readUInt32LE(at + 4),
      address: number(16),
      offset: number(24),
      size: number(32),
      link: table.readUInt32LE(at + 40),
    };
  });
}

/** Fewer bytes where the file ends before. */
export async function readAt(file: FileHandle, position: number, wanted: number): Promise<Buffer> {
  const length = Math.max(0, Math.min(wanted, (await file.stat()).size - position));
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

export interface SymbolEntry {
  /** STB_LOCAL 0, STB_GLOBAL 1, STB_WEAK 2, STB_GNU_UNIQUE 10. */
  readonly binding: number;
  /** STT_NOTYPE 0, STT_OBJECT 1, STT_FUNC 2; STT_TLS 6, STT_GNU_IFUNC 10. */
  readonly kind: number;
  /** Number of its section: 0 where it is defined elsewhere, from 0xff00 on of a meaning of its own. */
  readonly section: number;
  /** Where it is in memory, from where the library begins. */
  readonly value: bigint;
}

/** A dynamic symbol table with its names. */
export class SymbolTable {
  readonly #symbols: Buffer;
  readonly #strings: Buffer;

  private constructor(symbols: Buffer, strings: Buffer) {
    this.#symbols = symbols;
    this.#strings = strings;
  }

  /** Null: there is none. */
  static async read(file: FileHandle, sections: readonly Section[]): Promise<SymbolTable | null> {
    const table = sections.find(({ type }) => type === SECTION_TYPE.dynsym);
    const strings = table === undefined ? undefined : sections[table.link];
    if (table === undefined || strings === undefined) return null;
    return new SymbolTable(
      await readAt(file, table.offset, table.size),
      await readAt(file, strings.offset, strings.size),
    );
  }

  get length(): number {
    return Math.floor(this.#symbols.length / SYMBOL);
  }

  entry(index: number): SymbolEntry {
    const at = index * SYMBOL;
    const info = this.#symbols[at + 4]!;
    return {
      binding: info >> 4,
      kind: info & 15,
      section: this.#symbols.readUInt16LE(at + 6),
      value: this.#symbols.readBigInt64LE(at + 8),
    };
  }

  name(index: number): string {
    const start = this.#symbols.readUInt32LE(index * SYMBOL);
    return this.#strings.toString('latin1', start, this.#strings.indexOf(0, start));
  }
}
