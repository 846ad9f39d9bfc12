// @ts-check
// CUDA's libraries hold the machine code of a dozen generations of cards: of 5.5 GB, one card runs a tenth.
import { open } from 'node:fs/promises';

/** A container of machine code: its number, version 1, a head of 16 bytes. */
const CONTAINER = Buffer.from([0x50, 0xed, 0x55, 0xba, 1, 0, 16, 0]);
const CONTAINER_HEAD = 16;
const ENTRY_HEAD = 64;
const PTX = 1;
const MACHINE_CODE = 2;
const WINDOW = 64 << 20;
const ZEROS = Buffer.alloc(1 << 20);

/**
 * @typedef {object} Entry
 * @property {number} kind PTX, machine code or something else
 * @property {number} capability 90 for 9.0
 * @property {number} offset of its code in the file
 * @property {number} size in bytes
 */

/**
 * Whether a card of this capability needs an entry of a container: machine code of its own generation, else the newest PTX that it can
 * compile. What is neither stays.
 * @param {Entry} entry @param {readonly Entry[]} all @param {number} capability
 */
export function isNeeded(entry, all, capability) {
  const runs = (/** @type {Entry} */ { kind, capability: of }) =>
    kind === MACHINE_CODE && Math.floor(of / 10) === Math.floor(capability / 10) && of <= capability;
  if (entry.kind === MACHINE_CODE) return runs(entry);
  if (entry.kind !== PTX) return true;
  if (all.some(runs)) return false;
  const compiled = all.filter(({ kind, capability: of }) => kind === PTX && of <= capability);
  return entry.capability === Math.max(...compiled.map((one) => one.capability));
}

/**
 * Fills with zeros, in place, the code that a card of `capability` never runs. The file keeps its length and its layout, and packs to
 * little; on other cards it fails. Resolves to how many bytes were filled.
 * @param {string} path @param {number} capability 90 for 9.0
 */
export async function thin(path, capability) {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const window = Buffer.alloc(Math.min(WINDOW, size));
    let filled = 0;
    for (let begin = 0; begin < size; ) {
      const { bytesRead } = await file.read(window, 0, window.length, begin);
      const seen = window.subarray(0, bytesRead);
      // A container may begin at the end of what was read; where one ends behind it, what follows is looked at from there.
      let next = begin + Math.max(1, bytesRead - CONTAINER.length + 1);
      for (let at = seen.indexOf(CONTAINER); at !== -1; ) {
        const start = begin + at;
        const found = start % 8 === 0 ? await entriesOf(file, start, size) : null;
        const end = found?.end ?? start + 1;
        if (found !== null) filled += await fillUnneeded(file, found.list, capability);
        if (end >= begin + bytesRead) {
          next = end;
          break;
        }
        at = seen.indexOf(CONTAINER, end - begin);
      }
      begin = next;
    }
    return filled;
  } finally {
    await file.close();
  }
}

/**
 * The entries of the container at `start`; null: it only looks like one.
 * @param {import('node:fs/promises').FileHandle} file @param {number} start @param {number} size
 * @returns {Promise<{ list: readonly Entry[], end: number } | null>}
 */
async function entriesOf(file, start, size) {
  const head = Buffer.alloc(ENTRY_HEAD);
  await file.read(head, 0, CONTAINER_HEAD, start);
  const end = start + CONTAINER_HEAD + Number(head.readBigUInt64LE(8));
  if (end > size) return null;
  /** @type {Entry[]} */
  const list = [];
  let at = start + CONTAINER_HEAD;
  while (at < end) {
    await file.read(head, 0, ENTRY_HEAD, at);
    const offset = at + head.readUInt32LE(4);
    const bytes = Number(head.readBigUInt64LE(8));
    if (offset < at + ENTRY_HEAD || offset + bytes > end) return null;
    list.push({ kind: head.readUInt16LE(0), capability: head.readUInt32LE(28), offset, size: bytes });
    at = offset + bytes;
  }
  return { list, end };
}

/** @param {import('node:fs/promises').FileHandle} file @param {readonly Entry[]} list @param {number} capability */
async function fillUnneeded(file, list, capability) {
  const unneeded = list.filter((entry) => !isNeeded(entry, list, capability));
  for (const { offset, size } of unneeded) await fill(file, offset, size);
  return unneeded.reduce((sum, { size }) => sum + size, 0);
}

/** @param {import('node:fs/promises').FileHandle} file @param {number} offset @param {number} size */
async function fill(file, offset, size) {
  for (let done = 0; done < size; done += ZEROS.length) {
    await file.write(ZEROS, 0, Math.min(ZEROS.length, size - done), offset + done);
  }
}
