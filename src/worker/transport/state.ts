/** Where a worker's session with the coordinator stands. The data that a state needs lies in the session's parts. */
export type SessionState =
  /** The control connection is open, or being opened; `welcome` is awaited. */
  | 'joining'
  /** The engine compiles, the replica is initialised or restored from the coordinator's checkpoint. */
  | 'preparing'
  /** `ready` is sent; a generation is awaited. */
  | 'ready'
  /** A generation is given: links to its members are being made. */
  | 'connecting'
  /** `connected` is sent; `begin` is awaited. */
  | 'connected'
  /** Steps run. */
  | 'training'
  /** Steps run, with the stop scalar raised: the running one will be the last. */
  | 'draining'
  /** The last step is committed: what is owed to the coordinator (evaluation, checkpoint) is sent, then `done`. */
  | 'finishing'
  /** `done` is sent; `leave` is awaited. */
  | 'done'
  /** A link to a peer broke: no step can end; the coordinator's `halt` or `leave` is awaited, not for ever. */
  | 'stranded'
  /** The generation has ended early: no step runs; `upload`, a new generation or `leave` is awaited. */
  | 'halted'
  /** The process is ending. Nothing is sent or answered any more. */
  | 'left';
