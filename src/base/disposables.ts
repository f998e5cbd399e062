/** What was opened, in its order; disposing closes the last one first (Node 20 has no `AsyncDisposableStack`). */
export class Disposables implements AsyncDisposable {
  readonly #owned: AsyncDisposable[] = [];

  use<T extends AsyncDisposable>(one: T): T {
    this.#owned.push(one);
    return one;
  }

  /** Every one is disposed of; the first error is thrown at the end. */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = [];
    for (const one of this.#owned.splice(0).reverse()) {
      await Promise.resolve(one[Symbol.asyncDispose]()).catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0];
  }
}
