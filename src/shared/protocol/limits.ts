const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Every bound that the protocol puts on a peer. docs/protocol.md lists each with its reason. Bytes of a frame count its
 * whole msgpack value, without WebSocket's own header.
 */
export const LIMITS = {
  /** Frame on the control endpoint before `hello` (at the coordinator): nobody has said who they are yet. */
  frameBeforeHello: 64 * KIB,
  /** Frame from a worker on the control endpoint: the largest is a part of a checkpoint. */
  frameControlToCoordinator: 2 * MIB,
  /** Frame from the coordinator on the control endpoint: the largest is a `welcome` with 100,000 names of classes. */
  frameControlToWorker: 32 * MIB,
  /** Frame from a worker on the data endpoint: the largest is a `fetch` of 65,536 indexes. */
  frameDataToCoordinator: 512 * KIB,
  /** Frame from the coordinator on the data endpoint: one sample of the largest size still fits. */
  frameDataToWorker: 65 * MIB,
  /** One encoded sample. */
  sampleBytes: 64 * MIB,
  /** `fetch` messages of one worker that are not answered to the end yet. */
  fetchesInFlight: 32,
  /** Payload of one `state` message. */
  statePartBytes: MIB,
  /** A whole checkpoint file. */
  checkpointBytes: 2048 * MIB,
  /** Arrays and maps inside one another. */
  nesting: 16,
  /** Values in one frame, containers and map keys counted. */
  valuesPerFrame: 1_048_576,
  /** WebSocket handshake, from the first byte to the answer, at both ends. */
  handshakeMs: 10_000,
  /** From the open control connection to `hello`. */
  helloMs: 10_000,
  /** A peer is asked for a sign of life this often... */
  pingIntervalMs: 5_000,
  /** ...and given up when nothing, not even a part of a frame, came for this long. */
  silenceMs: 30_000,
  /** From our close frame until the connection is cut. */
  closingMs: 1_000,
  /** Pings and pongs of a peer in that time: it needs one of each. */
  pingsInInterval: 64,
  /** Connections at one listener, open WebSockets. Further ones are refused with HTTP 503. */
  connections: 1_024,
  /**
   * Connections that are none yet: for one too many, the oldest goes of the address that has the most. Where a process may have few
   * files open, fewer. One that is put out comes back, which costs more than one that sits there saying nothing.
   */
  strangers: 2_048,
  /** Those of one address. */
  strangersOfOneAddress: 1_536,
  /** Handshakes in a second that are refused with an answer; further ones are cut off. */
  refusalsInSecond: 100,
  /** Connections of one address that may end for a flood of pings, before the next ones have to wait... */
  offencesForgiven: 4,
  /** ...for at most so long... */
  offenderWaitMs: 5_000,
  /** ...until none has for this time. */
  offenceMs: 60_000,
  /** Those that wait so at a time, of all addresses: who shows the token, and comes from where somebody floods. */
  offendersWaiting: 64,
  /** Requests of plain HTTP that are being answered; for one too many, the oldest is given up. */
  visitors: 64,
  /** People who look at the run over a socket. They are among the `connections`. */
  viewers: 32,
  /** Unsent bytes beyond which a viewer gets nothing more until it has read. */
  viewerBacklog: 512 * KIB,
  /** Above this many unsent bytes `drained()` waits. */
  sendBufferHigh: 8 * MIB,
  /** The same on the data endpoint, of which there are many. */
  sendBufferHighData: 2 * MIB,
  /** Bytes in a second that a peer reads at least where anything waits for it, after `silenceMs`; one that does not is disconnected. */
  slowestReader: 256 * KIB,
  /** Indexes of `fetch` messages of one connection without their last answer, beyond which nothing more is read from it. */
  indexesInFlight: 131_072,
  /** A peer for whom more than this is waiting does not read: it is disconnected. */
  sendBufferMax: 128 * MIB,
} as const;
