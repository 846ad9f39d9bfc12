/** Messages one after the other, each to be awaited. */
export class Inbox<T> {
  readonly #queue: T[] = [];
  #waiting: ((message: T) => void) | null = null;

  put(message: T): void {
    if (this.#waiting === null) return void this.#queue.push(message);
    const resolve = this.#waiting;
    this.#waiting = null;
    resolve(message);
  }

  take(): Promise<T> {
    const message = this.#queue.shift();
    if (message !== undefined) return Promise.resolve(message);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** The next message, which must be of this type. */
  async expect<K extends T extends { readonly type: infer N } ? N : never>(
    type: K,
  ): Promise<Extract<T, { readonly type: K }>> {
    const message = await this.take();
    if ((message as { readonly type: unknown }).type !== type)
      throw new Error(`${JSON.stringify(message)} came, not ${String(type)}`);
    return message as Extract<T, { readonly type: K }>;
  }
}
