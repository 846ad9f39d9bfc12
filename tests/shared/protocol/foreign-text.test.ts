import { describe, expect, it } from 'vitest';
import { closedByPeer } from '../../../src/shared/link/channel.ts';
import { coordinatorCodec, workerCodec } from '../../../src/shared/protocol/codec.ts';
import type { ToCoordinator } from '../../../src/shared/protocol/to-coordinator.ts';

/** Clears the screen, rings, turns text around, and pretends to be a line of its own. */
const EVIL = 'a\u001b[2J\u0007\u202Egpj.exe\r\nfake: line\u009b31m';
const SHOWN = 'a\\u001B[2J\\u0007\\u202Egpj.exe\\r\\nfake: line\\u009B31m';
const hello = { type: 'hello', version: 1, name: 'n', engine: null, device: '', threads: 1, address: null } as const;
const ready = { type: 'ready', step: 0, weightsDigest: 'a'.repeat(64), engine: 'cpu', device: '', threads: 1 } as const;
const messages: readonly [string, ToCoordinator][] = [
  ['name', { ...hello, name: EVIL }],
  ['device', { ...hello, device: EVIL }],
  ['device', { ...ready, device: EVIL }],
  ['broken', { ...ready, broken: EVIL }],
  ['code', { type: 'failed', code: EVIL, exitCode: 1, message: '' }],
  ['message', { type: 'failed', code: '', exitCode: 1, message: EVIL }],
  ['reason', { type: 'peerLost', generation: 1, rank: 0, reason: EVIL }],
  ['reason', { type: 'badSample', split: 'train', index: 0, reason: EVIL }],
];

describe('what a peer says is fit for a terminal once it is inside:', () => {
  it.each(messages)('%s of %o', (field, message) => {
    expect(coordinatorCodec.decode(workerCodec.encode(message))).toMatchObject({ [field]: SHOWN });
  });

  it('what a coordinator says to its workers', () => {
    const leave = { type: 'leave', exitCode: 1, code: 'X', message: EVIL } as const;
    expect(workerCodec.decode(coordinatorCodec.encode(leave))).toMatchObject({ message: SHOWN });
  });

  it('why it closes a connection', () => {
    expect(closedByPeer(4000, EVIL).reason).toBe(SHOWN);
  });

  it('and no longer than it may be, so that it can be passed on', () => {
    const long = coordinatorCodec.decode(workerCodec.encode({ ...hello, name: '\u001b'.repeat(128) }));
    expect(long).toMatchObject({ name: '\\u001B'.repeat(22).slice(0, 128) });
  });

  it.each(['10.0.0.1:7/../x', 'wss://host:1/x', 'http://host:1', 'user@host:1', 'host:1?x', 'host:1\r\nX: y', 'host'])(
    'no address is %j',
    (address) => {
      const frame = workerCodec.encode({ ...hello, address });
      expect(() => coordinatorCodec.decode(frame)).toThrow(expect.objectContaining({ close: 'malformed' }));
    },
  );

  it.each(['10.0.0.1:7071', '[2001:db8::7]:7071', 'worker-0.workers:7071', 'wss://127.0.0.1:7071', 'wss://[::1]:1'])(
    'an address is %j',
    (address) => {
      expect(coordinatorCodec.decode(workerCodec.encode({ ...hello, address }))).toMatchObject({ address });
    },
  );
});
