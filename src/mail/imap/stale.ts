/** What turned out to be wrong in a remembered profile. */
export type Forgotten = 'capabilities' | 'address';

/**
 * The server is not as remembered. Never leaves this folder: the session forgets, asks the server, and sends again what
 * has no result yet.
 */
export class StaleProfile extends Error {
  readonly forgotten: Forgotten;

  constructor(forgotten: Forgotten, cause: unknown) {
    super(`the remembered ${forgotten} no longer fit the server`, { cause });
    this.forgotten = forgotten;
  }
}
