/** How many bytes an editor has put before the text of a file: the mark of UTF-8, which is none of it. */
export function markLength(content: Uint8Array): number {
  const [first, second, third] = content;
  return first === 0xef && second === 0xbb && third === 0xbf ? 3 : 0;
}

/** A text in UTF-8, without that mark. */
export function textOfBytes(content: Uint8Array): string {
  return Buffer.from(content.buffer, content.byteOffset, content.length).toString('utf8', markLength(content));
}
