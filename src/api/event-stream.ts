/** Hands each value to all who listen, from when they began to on, in order. */
export class EventStream<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #ends = new Set<() => void>();
  #ended = false;
  #failure: { readonly error: unknown } | null = null;

  /** Returns what ends it. */
  subscribe(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(value: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(value);
      } catch (error) {
        // A mistake of whoever listens is none of the run's.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  onEnd(listener: () => void): void {
    this.#ends.add(listener);
  }

  end(failure: { readonly error: unknown } | null = null): void {
    this.#ended = true;
    this.#failure = failure;
    for (const end of this.#ends) end();
  }

  /** What comes from now on; at its end throws what the stream failed with. */
  values(): AsyncIterableIterator<T> {
    const waiting: T[] = [];
    let wake: () => void = () => undefined;
    let left = false;
    const unsubscribe = this.subscribe((value) => {
      waiting.push(value);
      wake();
    });
    const onEnd = (): void => wake();
    this.#ends.add(onEnd);
    const leave = (): void => {
      left = true;
      unsubscribe();
      this.#ends.delete(onEnd);
      wake();
    };
    const idle = (): boolean => !left && waiting.length === 0 && !this.#ended;
    const done: IteratorReturnResult<undefined> = { done: true, value: undefined };
    const next = async (): Promise<IteratorResult<T, undefined>> => {
      while (idle()) await new Promise<void>((resolve) => (wake = resolve));
      if (left) return done;
      if (waiting.length > 0) return { done: false, value: waiting.shift()! };
      leave();
      if (this.#failure !== null) throw this.#failure.error;
      return done;
    };
    // One after the other, also where somebody asks for several at once.
    let last: Promise<unknown> = Promise.resolve();
    return {
      next: () => {
        const result = last.then(next, next);
        last = result.catch(() => undefined);
        return result;
      },
      return: async () => {
        leave();
        return done;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
