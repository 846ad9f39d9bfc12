import { chmod, type FileHandle, open, stat } from 'node:fs/promises';
import { DYNAMIC_TAG, readAt, readSections, RELOCATION, type Section, SECTION_TYPE, SymbolTable } from './elf.ts';

/** Bytes of an Elf64_Dyn, and of an Elf64_Rela, with where in it these are. */
const DYNAMIC = 16;
const RELA = 24;
const [TYPE, SYMBOL, ADDEND] = [8, 12, 16];
const { absolute, globalData, relative } = RELOCATION.x86_64;
/** STT_NOTYPE, STT_OBJECT, STT_FUNC: an address and nothing else. */
const PLAIN = new Set([0, 1, 2]);
const STB_GNU_UNIQUE = 10;
const SHN_LORESERVE = 0xff00;
/** Mangled names begin so (Itanium C++ ABI). Those of C are short, and also in libraries that somebody may put before this one. */
const CPP = '_Z';

/**
 * Binds a library's references to what it defines itself, once and in the file, as a linker does with `-Bsymbolic`: the
 * system's loader then adds where the library lies, instead of looking each name up.
 *
 * TensorFlow's library refers to 226,000 of its own symbols in 280,000 places, by names of a hundred letters: looking them up
 * is two thirds of the time that loading it takes. What is called is the same: only names of C++ are bound, which hardly anybody else
 * has, and none that `elsewhere` has, too. The program and what was loaded with it come before the library, and would be found first;
 * after them comes the library itself, for `loader.node` opens it before its other part.
 *
 * Returns how many references were bound: 0 for a file that is no such library, which stays as it is.
 */
export async function prelink(path: string, elsewhere: ReadonlySet<string>): Promise<number> {
  // A library that was copied may be one that nobody writes.
  await chmod(path, (await stat(path)).mode | 0o200);
  const file = await open(path, 'r+');
  try {
    const sections = (await readSections(file)) ?? [];
    const symbols = await SymbolTable.read(file, sections);
    const dynamic = sections.find(({ type }) => type === SECTION_TYPE.dynamic);
    if (symbols === null || dynamic === undefined) return 0;
    const entries = await readAt(file, dynamic.offset, dynamic.size);
    const count = tagAt(entries, DYNAMIC_TAG.relativeCount);
    const table = relocationTable(sections, entries);
    if (table === undefined || count === null) return 0;
    const relocations = await readAt(file, table.offset, table.size);
    if (relocations.length % RELA !== 0) return 0;
    const bound = bind(relocations, symbols, elsewhere);
    if (bound === 0) return 0;
    const { sorted, relatives } = relativesFirst(relocations);
    entries.writeBigUInt64LE(BigInt(relatives), count + 8);
    await write(file, sorted, table.offset);
    await write(file, entries, dynamic.offset);
    return bound;
  } finally {
    await file.close();
  }
}

/** Where the entry with `tag` is in a dynamic section. */
function tagAt(entries: Buffer, tag: number): number | null {
  for (let at = 0; at + DYNAMIC <= entries.length; at += DYNAMIC) {
    if (entries.readBigUInt64LE(at) === BigInt(tag)) return at;
  }
  return null;
}

/** Those that are dealt with when the library is loaded: what calls go through has a table of its own. */
function relocationTable(sections: readonly Section[], entries: Buffer): Section | undefined {
  const at = tagAt(entries, DYNAMIC_TAG.rela);
  if (at === null) return undefined;
  const address = Number(entries.readBigUInt64LE(at + 8));
  return sections.find((section) => section.type === SECTION_TYPE.rela && section.address === address);
}

/** Where a symbol is, from where the library begins; null: that is not the library's alone to say. Asked many times of some. */
function ownSymbols(symbols: SymbolTable, elsewhere: ReadonlySet<string>): (index: number) => bigint | null {
  const known = new Map<number, bigint | null>();
  const find = (index: number): bigint | null => {
    if (index >= symbols.length) return null;
    const { section, kind, binding, value } = symbols.entry(index);
    const isDefined = section !== 0 && section < SHN_LORESERVE;
    // Of one at the beginning the loader takes no notice.
    if (!isDefined || !PLAIN.has(kind) || binding === STB_GNU_UNIQUE || value === 0n) return null;
    const name = symbols.name(index);
    return name.startsWith(CPP) && !elsewhere.has(name) ? value : null;
  };
  return (index) => {
    const found = known.get(index);
    if (found !== undefined) return found;
    const own = find(index);
    known.set(index, own);
    return own;
  };
}

/** Makes relative what refers to the library's own symbols. Returns how many were bound. */
function bind(table: Buffer, symbols: SymbolTable, elsewhere: ReadonlySet<string>): number {
  const ownSymbol = ownSymbols(symbols, elsewhere);
  let bound = 0;
  for (let at = 0; at < table.length; at += RELA) {
    const type = table.readUInt32LE(at + TYPE);
    if (type !== absolute && type !== globalData) continue;
    const own = ownSymbol(table.readUInt32LE(at + SYMBOL));
    if (own === null) continue;
    const addend = type === absolute ? table.readBigInt64LE(at + ADDEND) : 0n;
    table.writeUInt32LE(relative, at + TYPE);
    table.writeUInt32LE(0, at + SYMBOL);
    table.writeBigInt64LE(own + addend, at + ADDEND);
    bound++;
  }
  return bound;
}

/** The relative ones first, which the loader goes through without looking, and how many these are. */
function relativesFirst(table: Buffer): { readonly sorted: Buffer; readonly relatives: number } {
  const offsets = Array.from({ length: table.length / RELA }, (_, index) => index * RELA);
  const isRelative = (at: number): boolean => table.readUInt32LE(at + TYPE) === relative;
  const sorted = Buffer.alloc(table.length);
  const relatives = offsets.filter(isRelative);
  const others = offsets.filter((at) => !isRelative(at));
  for (const [index, at] of [...relatives, ...others].entries()) table.copy(sorted, index * RELA, at, at + RELA);
  return { sorted, relatives: relatives.length };
}

async function write(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}
