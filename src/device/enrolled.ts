import { createHash, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { openDocument } from '../base/document.ts';
import { readIfThere, writeDurable } from '../base/durable.ts';
import { type Files, nodeFiles } from '../base/files.ts';
import type { EnrolledServer, Enrolment } from '../enrolment/enrolment.ts';
import { EnrolmentError } from '../enrolment/errors.ts';
import { TriggerError } from '../trigger/errors.ts';
import { createReplayGuard } from '../trigger/guard.ts';
import type { TriggerKey } from '../trigger/key.ts';

const server = z.object({
  host: z.string(),
  port: z.number(),
  user: z.string().optional(),
  password: z.string().optional(),
  security: z.enum(['tls', 'starttls', 'none']).optional(),
  servername: z.string().optional(),
  /** PEM file. */
  ca: z.string().optional(),
});
const storedKey = z.object({ id: z.number().int(), secret: z.string() });
const enrolled = z.object({
  device: z.string().nullable(),
  servers: z.object({ message: server, mail: server, submission: server.optional() }).nullable(),
  /** The newest first. */
  keys: z.array(storedKey),
  /** Fingerprints of all keys that counters were started for, and of those that are good no more. */
  known: z.array(z.string()),
  retired: z.array(z.string()),
});

export type Enrolled = z.infer<typeof enrolled>;
export type StoredServer = z.infer<typeof server>;

/** Keys that are kept beside each other. */
const MOST_KEYS = 4;
const NOTHING: Enrolled = { device: null, servers: null, keys: [], known: [], retired: [] };

/** What the device was given by `ringpost keys accept`, on its disk. */
export interface EnrolmentStore {
  readonly data: Readonly<Enrolled>;
  /** The keys of device.toml and the accepted ones, without the retired: the newest accepted one first. */
  keys(configured: readonly TriggerKey[]): TriggerKey[];
  /**
   * Takes an enrolment; all of it is on the disk then. `known`: nothing changed. Replay counters are started where there
   * are none, and never for a key that had some before: TriggerError `guard-missing`. Throws EnrolmentError too.
   */
  accept(given: Enrolment, configured: readonly TriggerKey[]): Promise<'taken' | 'known'>;
  /** Starts the counters of keys that stand in device.toml. Throws TriggerError `guard-exists`, `guard-missing`. */
  start(configured: readonly TriggerKey[]): Promise<void>;
  /** Notes that these keys have counters. */
  remember(keys: readonly TriggerKey[]): Promise<void>;
  /** These are good no more. */
  retire(keys: readonly TriggerKey[]): Promise<void>;
}

/** The replay counters in a state directory. */
export const guardFile = (state: string) => join(state, 'counters.json');

export async function openEnrolment(state: string, files: Files = nodeFiles): Promise<EnrolmentStore> {
  const path = join(state, 'enrolment.json');
  // Whoever reads a configuration opens it too, also one who may make nothing there.
  const options = { path, schema: enrolled, initial: NOTHING, makes: 'when written', files } as const;
  const document = await openDocument<Enrolled>(options);
  return new Store(state, document, files);
}

class Store implements EnrolmentStore {
  readonly #state: string;
  readonly #document: Awaited<ReturnType<typeof openDocument<Enrolled>>>;
  readonly #files: Files;

  constructor(state: string, document: Awaited<ReturnType<typeof openDocument<Enrolled>>>, files: Files) {
    this.#state = state;
    this.#document = document;
    this.#files = files;
  }

  get data() {
    return this.#document.data;
  }

  keys(configured: readonly TriggerKey[]): TriggerKey[] {
    const own = new Set(configured.map(({ id }) => id));
    const accepted = this.data.keys.map(asKey).filter(({ id }) => !own.has(id));
    return [...accepted, ...configured].filter((key) => !this.data.retired.includes(fingerprint(key)));
  }

  async accept(given: Enrolment, configured: readonly TriggerKey[]): Promise<'taken' | 'known'> {
    this.#mustFit(given, configured);
    const missing = await this.#guardIsMissing();
    const before = this.keys(configured);
    if (this.data.known.includes(fingerprint(given.key))) {
      if (missing) throw lostGuard(this.#state, given.key);
      return 'known';
    }
    if (missing) {
      // Old triggers under a key whose counters are gone would be good again: such keys go first.
      await this.retire(before.filter((key) => this.data.known.includes(fingerprint(key))));
      await createReplayGuard(guardFile(this.#state), this.#files);
    }
    const servers = given.servers && (await this.#storeServers(given.servers));
    await this.#document.update((data) => {
      data.device = given.device;
      if (servers) data.servers = servers;
      // With servers it is enrolled anew, and the keys from before are nobody's any more.
      const kept = servers ? [] : data.keys;
      data.retired.push(...(servers ? data.keys.map(asKey).map(fingerprint) : []));
      data.keys = [asStored(given.key), ...kept].slice(0, MOST_KEYS);
      data.known = distinct([...data.known, ...[given.key, ...configured].map(fingerprint)]);
    });
    return 'taken';
  }

  async start(configured: readonly TriggerKey[]): Promise<void> {
    const missing = await this.#guardIsMissing();
    const known = this.keys(configured).find((key) => this.data.known.includes(fingerprint(key)));
    if (missing && known) throw lostGuard(this.#state, known);
    await createReplayGuard(guardFile(this.#state), this.#files);
    await this.remember(configured);
  }

  async remember(keys: readonly TriggerKey[]): Promise<void> {
    const prints = keys.map(fingerprint).filter((print) => !this.data.known.includes(print));
    if (prints.length === 0) return;
    await this.#document.update((data) => {
      data.known.push(...prints);
    });
  }

  async retire(keys: readonly TriggerKey[]): Promise<void> {
    if (keys.length === 0) return;
    const prints = keys.map(fingerprint);
    await this.#document.update((data) => {
      data.retired = distinct([...data.retired, ...prints]);
      data.keys = data.keys.filter((key) => !prints.includes(fingerprint(asKey(key))));
    });
  }

  #mustFit({ device, key, servers }: Enrolment, configured: readonly TriggerKey[]): void {
    const mine = this.data.device;
    if (mine !== null && mine !== device && !servers) {
      throw new EnrolmentError(`This text exchanges the key of ${device}, but this device is ${mine}`, {
        code: 'other-device',
      });
    }
    if (!servers && this.keys(configured).length === 0) {
      throw new EnrolmentError('This text exchanges a key, but this device has none: it was never enrolled', {
        code: 'no-servers',
      });
    }
    const same = configured.find(({ id }) => id === key.id);
    if (!same || fingerprint(same) === fingerprint(key)) return;
    throw new EnrolmentError(
      `device.toml has a key ${key.id} of its own, which would win: take it out of [trigger] keys, and accept again`,
      { code: 'key-in-config' },
    );
  }

  async #guardIsMissing(): Promise<boolean> {
    return (await readIfThere(guardFile(this.#state), this.#files)) === undefined;
  }

  async #storeServers({ message, mail, submission }: NonNullable<Enrolment['servers']>) {
    const [storedMessage, storedMail] = [await this.#storeServer(message), await this.#storeServer(mail)];
    return {
      message: storedMessage,
      mail: storedMail,
      ...(submission && { submission: await this.#storeServer(submission) }),
    };
  }

  /** The certificate goes into a PEM file that is named by what is in it, so that none is ever changed. */
  async #storeServer({ trust, ...rest }: EnrolledServer): Promise<StoredServer> {
    if (!trust) return rest;
    const ca = join(this.#state, `trusted-${hex(trust)}.crt`);
    await writeDurable(ca, certificateOf(trust).toString(), this.#files);
    return { ...rest, ca };
  }
}

function certificateOf(der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw new EnrolmentError('The enrolment text cannot be taken: what to trust is no certificate', {
      code: 'bad-enrolment',
      cause,
    });
  }
}

function lostGuard(state: string, { id }: TriggerKey): TriggerError {
  const path = guardFile(state);
  return new TriggerError(
    `${path}: the replay counters of key ${id} are gone, and starting them anew would make old triggers good again; get a new key: ringpost keys rotate, at the server`,
    { code: 'guard-missing', fields: { path, key: id } },
  );
}

function fingerprint({ secret }: TriggerKey): string {
  return hex(secret);
}

function hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

function asKey({ id, secret }: z.infer<typeof storedKey>): TriggerKey {
  return { id, secret: Buffer.from(secret, 'hex') };
}

function asStored({ id, secret }: TriggerKey): z.infer<typeof storedKey> {
  return { id, secret: Buffer.from(secret).toString('hex') };
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
