/** What an event is about: shown beside it in the viewer. */
export type Details = Readonly<Record<string, string | number>>;

/** Who writes down what one thread does, and when. Its calls cost nothing where nobody wants a trace. */
export interface Trace {
  /** Microseconds, on one clock for all threads and processes of a machine. */
  now(): number;
  /** Something that this thread did from `start` until now. Spans of a thread lie beside each other or within. */
  span(name: string, start: number, details?: Details): void;
  /** Something begins that goes on beside other things, until `end` says its name and number. */
  begin(name: string, id: number, details?: Details): void;
  end(name: string, id: number): void;
  /** Writes out what is still held back. */
  flush(): void;
}

export const NO_TRACE: Trace = {
  now: () => 0,
  span: () => undefined,
  begin: () => undefined,
  end: () => undefined,
  flush: () => undefined,
};
