/**
 * Why a connection is closed, as what its sender means. Codes below 4000 are WebSocket's own (RFC 6455, 7.4.1); the
 * others are ours. Never renumber one: old peers know it by its number.
 */
export const CLOSE_CODES = {
  /** We are through with each other, all is well. */
  done: 1000,
  /** My process is ending. */
  goingAway: 1001,
  /** Your bytes are not WebSocket frames. */
  notWebSocket: 1002,
  /** You sent a text frame; every message is a binary frame. */
  notBinary: 1003,
  /** You sent text that is not UTF-8. */
  notUtf8: 1007,
  /** You break a rule that WebSocket has no better code for. */
  refused: 1008,
  /** Your frame is larger than I allow here. Its announced length is enough; I have not read it. */
  frameTooLarge: 1009,
  /** A bug, or broken data, on my side; you did nothing wrong. */
  internalError: 1011,
  /** Your frame is not one valid message: not msgpack, an unknown type, a missing or wrong field. */
  malformed: 4000,
  /** Your message is valid, but not in the state that we are in. */
  outOfTurn: 4001,
  /** You speak another version of the protocol; the reason names both. */
  unsupportedVersion: 4002,
  /** You connected, but did not say who you are in time. */
  helloTimeout: 4003,
  /** I heard nothing from you for too long. */
  unresponsive: 4004,
  /** You do not read what I send; too much is waiting for you. */
  slowReader: 4005,
  /** All places for workers are taken. */
  full: 4006,
  /** Your frame or connection belongs to a generation that is not the present one. */
  wrongGeneration: 4007,
  /** The generation has ended, so these links end, too. */
  generationEnded: 4008,
} as const;

export type CloseName = keyof typeof CLOSE_CODES;

const nameByCode = new Map<number, CloseName>(
  Object.entries(CLOSE_CODES).map(([name, code]) => [code, name as CloseName]),
);

/** The name of a code that a peer sent, or null for one that we do not know. */
export function closeName(code: number): CloseName | null {
  return nameByCode.get(code) ?? null;
}

/** WebSocket leaves 123 bytes for the reason: cuts at a character's border, so that it stays valid UTF-8. */
export function closeReason(sentence: string): string {
  const bytes = new TextEncoder().encode(sentence);
  if (bytes.length <= 123) return sentence;
  let end = 120;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return `${new TextDecoder().decode(bytes.subarray(0, end))}...`;
}
