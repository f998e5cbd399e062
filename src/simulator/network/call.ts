import type { CallEnd } from './events.ts';

/** One call through the network, seen by both sides. */
export class NetworkCall {
  readonly from: string;
  readonly to: string;
  state: 'dialling' | 'ringing' | 'active' | 'ended' = 'dialling';
  /** Why it ended; undefined until then. */
  cause: CallEnd | undefined;
  readonly #listeners = new Set<(call: NetworkCall) => void>();

  constructor(from: string, to: string) {
    this.from = from;
    this.to = to;
  }

  /** Called at every change of state; returns the function that removes the listener. */
  onChange(listener: (call: NetworkCall) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  ringing(): void {
    if (this.state === 'dialling') this.#become('ringing');
  }

  answer(): void {
    if (this.state === 'ringing') this.#become('active');
  }

  end(cause: CallEnd): void {
    if (this.state === 'ended') return;
    this.cause = cause;
    this.#become('ended');
  }

  #become(state: NetworkCall['state']): void {
    this.state = state;
    for (const listener of [...this.#listeners]) listener(this);
  }
}
