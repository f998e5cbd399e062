import { hostname } from 'node:os';
import type { Clock } from '../../../base/clock.ts';
import { Disposables } from '../../../base/disposables.ts';
import type { Files } from '../../../base/files.ts';
import type { Log } from '../../../base/log.ts';
import type { TlsFiles } from '../imap/options.ts';
import { MailQueue, type QueueLimits, type QueueOptions } from '../queue/queue.ts';
import type { RetryPolicy } from '../queue/retry.ts';
import type { Smarthost } from '../queue/smarthost.ts';
import type { MailStore } from '../store/mail-store.ts';
import type { Users } from '../users.ts';
import type { Door, SmtpRoom } from './door.ts';
import { incomingDoor } from './incoming.ts';
import { DEFAULT_SMTP_LIMITS, type SmtpLimits } from './limits.ts';
import { listenAt, type Place } from './listener.ts';
import { lmtpDoor } from './lmtp.ts';
import { Strikes } from './strikes.ts';
import { submissionDoor } from './submission.ts';

/** Which doors are open. */
export interface SmtpSetup {
  /** Where other servers bring mail. 0: any free port. */
  readonly port: number;
  /** Where an MTA of one's own does (RFC 2033). */
  readonly lmtp?: Place | undefined;
  readonly submission?: SubmissionSetup | undefined;
  readonly limits?: Partial<SmtpLimits> | undefined;
}

/** Where users hand in what they wrote; needs TLS. */
export interface SubmissionSetup {
  /** With STARTTLS (RFC 6409: 587). 0: any free one. */
  readonly port?: number | undefined;
  /** TLS from the first byte (RFC 8314: 465). */
  readonly tlsPort?: number | undefined;
  /** Nobody elsewhere has an address in it. */
  readonly domain: string;
  /** Of the queue of what was submitted. */
  readonly directory: string;
  readonly smarthost?: Smarthost | undefined;
  readonly connect?: QueueOptions['connect'];
  readonly queue?: Partial<QueueLimits> | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
}

export interface SmtpOptions extends SmtpSetup {
  readonly host: string;
  readonly tls?: TlsFiles | undefined;
  /** The name in the greeting and in Received fields; default the host's. */
  readonly name?: string | undefined;
  readonly store: MailStore;
  readonly users: Users;
  readonly clock: Clock;
  readonly log: Log;
  readonly files?: Files | undefined;
}

/** SMTP servers that listen. Ports are 0 where there is none. */
export interface SmtpDoors extends AsyncDisposable {
  readonly port: number;
  readonly lmtpPort: number;
  readonly submissionPort: number;
  readonly submissionsPort: number;
  /** Of what was submitted. */
  readonly queue: MailQueue | undefined;
}

/** Opens the doors; throws what `listenAt` throws, with all closed again. */
export async function startSmtp(options: SmtpOptions): Promise<SmtpDoors> {
  const doors = new Disposables();
  try {
    return { ...(await openAll(options, doors)), [Symbol.asyncDispose]: () => doors[Symbol.asyncDispose]() };
  } catch (error) {
    await doors[Symbol.asyncDispose]();
    throw error;
  }
}

async function openAll(
  options: SmtpOptions,
  doors: Disposables,
): Promise<Omit<SmtpDoors, keyof AsyncDisposable>> {
  const { host, port, tls, lmtp, submission } = options;
  const room = roomOf(options);
  const open = async (door: Door, place: Place, mode?: 'starttls' | 'implicit') =>
    doors.use(await listenAt(room, door, { place, tls: tls && mode && { ...tls, mode } })).port;
  const queue = submission && doors.use(await openQueue(options, submission, room.name));
  const ports = {
    port: await open(incomingDoor(room), { host, port }, 'starttls'),
    lmtpPort: lmtp ? await open(lmtpDoor(room), lmtp) : 0,
  };
  if (!submission || !queue || !tls) return { ...ports, submissionPort: 0, submissionsPort: 0, queue };
  const door = submissionDoor(room, { queue, domain: submission.domain });
  const opened = (port: number | undefined, mode: 'starttls' | 'implicit') =>
    port === undefined ? 0 : open(door, { host, port }, mode);
  return {
    ...ports,
    submissionPort: await opened(submission.port, 'starttls'),
    submissionsPort: await opened(submission.tlsPort, 'implicit'),
    queue,
  };
}

function roomOf({ name = hostname(), store, users, clock, log, limits: chosen }: SmtpOptions): SmtpRoom {
  const limits = { ...DEFAULT_SMTP_LIMITS, ...chosen };
  const { strikeTime: time, maxRefusalsPerAddress, maxFailedLoginsPerAddress } = limits;
  const strikes = {
    refusals: new Strikes(clock, { most: maxRefusalsPerAddress, time }),
    logIns: new Strikes(clock, { most: maxFailedLoginsPerAddress, time }),
  };
  return { name, store, users, clock, log, limits, strikes };
}

function openQueue(options: SmtpOptions, submission: SubmissionSetup, name: string): Promise<MailQueue> {
  const { store, users, clock, log, files } = options;
  const { directory, smarthost, connect, queue: limits, retry } = submission;
  return MailQueue.open({
    directory,
    smarthost,
    connect,
    limits,
    retry,
    store,
    users,
    name,
    clock,
    log,
    files,
  });
}
