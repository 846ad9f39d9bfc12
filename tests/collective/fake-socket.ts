import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { WebSocket } from 'ws';

/** A WebSocket that only remembers what is done to it. It is gone when the test is: whoever has it stops its timers. */
export class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readonly readyState = 1;
  readonly bufferedAmount = 0;
  readonly sent: Uint8Array[] = [];
  /** Code and reason. */
  readonly closed: [number, string][] = [];
  terminated = 0;
  resumed = 0;

  readonly ws = this as unknown as WebSocket;
  /** On a line within this machine. */
  readonly socket = {
    remoteAddress: '127.0.0.1',
    setNoDelay: () => undefined,
    setKeepAlive: () => undefined,
  } as unknown as Socket;

  constructor() {
    super();
    onTestFinished(() => void this.emit('close', 1006, Buffer.alloc(0)));
  }

  send(bytes: Uint8Array): void {
    this.sent.push(bytes);
  }

  close(code: number, reason: string): void {
    this.closed.push([code, reason]);
  }

  terminate(): void {
    this.terminated++;
    this.emit('close', 1006, Buffer.alloc(0));
  }

  resume(): void {
    this.resumed++;
  }

  pause(): void {}
}
