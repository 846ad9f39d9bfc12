import { connect, type NetConnectOpts, type createConnection, type Socket } from 'node:net';
import type { FrameReader } from './frame-reader.ts';

/**
 * For ws's `createConnection`: a connection whose socket reads into the memory that `reader` names, and hands to ws what
 * is no chunk. Plain TCP only: a TLS socket has no say in where its bytes are decrypted to.
 */
export function placingConnection(reader: FrameReader, onSocket: (socket: Socket) => void): typeof createConnection {
  const create = (options: NetConnectOpts): Socket => {
    const socket = connect({
      ...options,
      onread: { buffer: () => reader.target(), callback: (count) => reader.read(count) },
    });
    onSocket(socket);
    return socket;
  };
  // ws calls it with options alone, whatever other forms the function of that name has.
  return create as typeof createConnection;
}
