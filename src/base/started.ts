/** Something that works once it has started, and is done with by disposing of it, also when that went wrong. */
export interface Startable extends AsyncDisposable {
  start(): Promise<void>;
}

/** Starts it; when that fails it is disposed of, and the error thrown. */
export async function started<T extends Startable>(part: T): Promise<T> {
  try {
    await part.start();
  } catch (error) {
    await part[Symbol.asyncDispose]();
    throw error;
  }
  return part;
}
