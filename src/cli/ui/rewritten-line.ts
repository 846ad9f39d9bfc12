import { shownIn } from './unicode.ts';

/** Faster than this nobody reads, and terminals on slow links choke. */
const FRAME_MS = 80;
const CLEAR = '\r\u001B[2K';

/** The part of a stream that is needed here. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Characters or bytes that wait until whoever reads takes more. */
  readonly writableLength?: number;
  write(text: string): unknown;
}

/** Of a terminal that cannot say how wide it is, or says 0. */
const USUAL_COLUMNS = 80;

export function columnsOf({ columns }: Output): number {
  return columns || USUAL_COLUMNS;
}

/** Whether what is written can be taken back: TERM=dumb says that escape sequences are not understood. */
export function canRewrite({ isTTY }: Output, term = process.env['TERM']): boolean {
  return isTTY === true && term !== 'dumb';
}

/** The line at the bottom of a terminal that is written anew in its place again and again. */
export class RewrittenLine {
  readonly #out: Output;
  readonly #now: () => number;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  #drawnAt = 0;
  #drawn = false;

  /** `now`: milliseconds from any start. `environment`: of the terminal, what it can show. */
  constructor(out: Output, now: () => number, environment: Readonly<Record<string, string | undefined>> = process.env) {
    this.#environment = environment;
    this.#out = out;
    this.#now = now;
  }

  /** Whether what stands there has stood long enough to be read. */
  get isDue(): boolean {
    return this.#now() - this.#drawnAt >= FRAME_MS;
  }

  /** `text`: of the line, in at most so many columns that it does not wrap: a wrapped line cannot be taken back. */
  draw(text: (columns: number) => string): void {
    // Of what nobody looks at, nobody needs each frame once it is looked at again.
    if ((this.#out.writableLength ?? 0) > 0) return;
    // The last column stays free: some terminals wrap when it is written.
    this.#out.write(`${CLEAR}${shownIn(this.#environment, text(columnsOf(this.#out) - 1))}`);
    this.#drawn = true;
    this.#drawnAt = this.#now();
  }

  /** Takes the line away. Call before anything else writes to the terminal. */
  clear(): void {
    if (this.#drawn) this.#out.write(CLEAR);
    this.#drawn = false;
  }
}
