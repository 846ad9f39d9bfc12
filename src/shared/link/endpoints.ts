import { LIMITS } from '../protocol/limits.ts';
import { PATHS } from '../protocol/shared.ts';

/** What both ends of a channel must agree on. */
export interface Endpoint {
  readonly path: string;
  /** Largest frame in each direction. */
  readonly toCoordinatorBytes: number;
  readonly toWorkerBytes: number;
  /** The worker speaks first, soon and briefly; null: it may stay silent. */
  readonly first: { readonly withinMs: number; readonly bytes: number } | null;
  /** Unsent bytes above which the coordinator waits before it sends more. */
  readonly sendHigh: number;
}

export const ENDPOINTS = {
  control: {
    path: PATHS.control,
    toCoordinatorBytes: LIMITS.frameControlToCoordinator,
    toWorkerBytes: LIMITS.frameControlToWorker,
    first: { withinMs: LIMITS.helloMs, bytes: LIMITS.frameBeforeHello },
    sendHigh: LIMITS.sendBufferHigh,
  },
  data: {
    path: PATHS.data,
    toCoordinatorBytes: LIMITS.frameDataToCoordinator,
    toWorkerBytes: LIMITS.frameDataToWorker,
    first: null,
    sendHigh: LIMITS.sendBufferHighData,
  },
} as const satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof ENDPOINTS;
