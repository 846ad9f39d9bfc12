import type { ChannelHandlers, CoordinatorChannel } from '../shared/link/channel.ts';
import { ProtocolError } from '../shared/protocol/protocol-error.ts';
import type { ToCoordinator } from '../shared/protocol/to-coordinator.ts';

type Handlers = ChannelHandlers<ToCoordinator>;

/**
 * Starts a channel at once, so that its peer gets its signs of life, but keeps what comes until there is somebody to
 * give it to: a worker may be here before the dataset is open. No more than `hello` is due until it is answered.
 */
export function holdBack(channel: CoordinatorChannel): CoordinatorChannel {
  let handlers: Handlers | null = null;
  const kept: ((handlers: Handlers) => void | Promise<void>)[] = [];
  channel.start({
    onMessage: (message) => {
      if (handlers !== null) return handlers.onMessage(message);
      if (kept.length > 0) throw new ProtocolError('outOfTurn', `'${message.type}' came before hello was answered`);
      kept.push((to) => to.onMessage(message));
    },
    onClose: (closed) => {
      if (handlers !== null) handlers.onClose(closed);
      else kept.push((to) => to.onClose(closed));
    },
  });
  return {
    remote: channel.remote,
    send: (message) => channel.send(message),
    drained: () => channel.drained(),
    probe: (withinMs) => channel.probe(withinMs),
    close: (name, reason) => channel.close(name, reason),
    start: (to) => {
      handlers = to;
      for (const event of kept) {
        try {
          void event(to);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          channel.close(error.close, error.message);
        }
      }
    },
  };
}
