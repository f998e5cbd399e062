import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { AccessPoint } from '../../../src/link/dialect.ts';
import type { DialectName } from '../../../src/link/dialects.ts';
import { openSocketsLink } from '../../../src/link/sockets-link.ts';
import { openAtChannel } from '../../../src/modem/channel.ts';
import { memoryLine } from '../../../src/modem/memory-line.ts';
import { INSTANT_CONDITIONS } from '../../../src/simulator/network/conditions.ts';
import { CellularNetwork } from '../../../src/simulator/network.ts';
import { GENERIC, type Personality } from '../../../src/simulator/personalities.ts';
import type { Handler } from '../../../src/simulator/simulated-modem/behaviour.ts';
import { simulateModem } from '../../../src/simulator/simulated-modem/modem.ts';

/** A dialect as its manual has it, and a simulated modem that speaks it. */
export interface Spoken {
  readonly dialect: DialectName;
  readonly sockets: NonNullable<Personality['sockets']>;
  readonly connections: number;
  /** The commands of a session with the access point `internet`, user `me`, password `secret`. */
  readonly opening: readonly string[];
  readonly closing: string;
  readonly openCommand: string;
  readonly sendCommand: string;
  readonly receiveCommand: string;
  /** The most bytes of a send. */
  readonly sends: number;
  close(id: number): string;
  /** How it refuses to connect, and to find a name. */
  readonly refused: string;
  readonly unknown: string;
}

export const SPOKEN: readonly Spoken[] = [
  {
    dialect: 'sim7600',
    sockets: 'simcom',
    connections: 10,
    opening: [
      '+NETOPEN?',
      '+CGDCONT?',
      '+CGAUTH=1,1,"secret","me"',
      '+CIPMODE=0',
      '+CIPSENDMODE=0',
      '+CIPRXGET=1',
      '+NETOPEN',
    ],
    closing: '+NETCLOSE',
    openCommand: '+CIPOPEN',
    sendCommand: '+CIPSEND',
    receiveCommand: '+CIPRXGET',
    sends: 1500,
    close: (id) => `+CIPCLOSE=${id}`,
    refused: 'error 1 (network failure)',
    unknown: 'error 11 (the name was not found)',
  },
  {
    dialect: 'sim800',
    sockets: 'sim800',
    connections: 6,
    opening: [
      '+CIPSHUT',
      '+CGATT=1',
      '+CIPMUX=1',
      '+CIPQSEND=0',
      '+CIPRXGET=1',
      '+CSTT="internet","me","secret"',
      '+CIICR',
      '+CIFSR',
    ],
    closing: '+CIPSHUT',
    openCommand: '+CIPSTART',
    sendCommand: '+CIPSEND',
    receiveCommand: '+CIPRXGET',
    sends: 1400,
    close: (id) => `+CIPCLOSE=${id}`,
    refused: 'CONNECT FAIL',
    unknown: 'CONNECT FAIL',
  },
  {
    dialect: 'quectel',
    sockets: 'quectel',
    connections: 12,
    opening: ['+QIDEACT=1', '+QICSGP=1,1,"internet","me","secret",1', '+QISDE=0', '+QIACT=1'],
    closing: '+QIDEACT=1',
    openCommand: '+QIOPEN',
    sendCommand: '+QISEND',
    receiveCommand: '+QIRD',
    sends: 1460,
    close: (id) => `+QICLOSE=${id}`,
    refused: 'error 566 (failed to connect)',
    unknown: 'error 565 (the name was not found)',
  },
];

export interface SpeakingOptions {
  readonly clock?: Clock;
  readonly apn?: AccessPoint;
}

const SIGNS = { read: '?', test: '=?', set: '=', run: '' } as const;

/** A simulated modem of this dialect with nothing open; latency and bandwidth of the line and the air are nil. */
export function modemOf({ dialect, sockets }: Spoken, options: SpeakingOptions = {}) {
  const { clock = systemClock, apn } = options;
  const { line, far } = memoryLine('memory');
  const network = new CellularNetwork({
    clock,
    hosts: { 'mail.test': '127.0.0.1' },
    conditions: INSTANT_CONDITIONS,
  });
  const commands: string[] = [];
  /** Handlers laid on top of the modem's; a test adds and removes them while it runs. */
  const over: Record<string, Handler> = {};
  const ear = {
    handlers: over,
    guard: ({ name, form, text }: { name: string; form: keyof typeof SIGNS; text: string }) => {
      commands.push(`${name}${SIGNS[form]}${text}`);
    },
  };
  const modem = simulateModem({
    port: far,
    network,
    number: '+4915100000001',
    clock,
    personality: { ...GENERIC, sockets },
    baudRate: Number.POSITIVE_INFINITY,
    commandLatencyMs: 0,
    behaviours: [ear],
  });
  const channel = openAtChannel({ line, clock, log: silentLog });
  onTestFinished(async () => {
    await channel[Symbol.asyncDispose]();
    await modem[Symbol.asyncDispose]();
    await network[Symbol.asyncDispose]();
  });
  const settings = { channel, clock, log: silentLog, dialect, ...(apn ? { apn } : {}) };
  const open = (signal = new AbortController().signal) => openSocketsLink(settings, signal);
  /** How many commands have come that are this one, or have this name. */
  const count = (text: string) =>
    commands.filter((command) => command === text || command.startsWith(`${text}=`)).length;
  return { modem, network, channel, far, commands, count, over, open };
}

/** The same with a session. */
export async function speaking(spoken: Spoken, options: SpeakingOptions = {}) {
  const room = modemOf(spoken, options);
  const link = await room.open();
  onTestFinished(() => link[Symbol.asyncDispose]());
  return { ...room, link };
}

/** Bytes of every value, and what looks like results, unsolicited lines and prompts of every dialect. */
export function awkwardBytes(length: number): Buffer {
  const looks = [
    '\r\nOK\r\n\r\nERROR\r\n\r\n> \r\nRDY\r\n',
    '\r\n+IPCLOSE: 0,1\r\n\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n\r\n+CIPRXGET: 2,0,9,9\r\n',
    '\r\n0, CLOSED\r\n\r\n0, SEND FAIL\r\n\r\n+PDP: DEACT\r\n\r\n0, CLOSE OK\r\n\x1a\x1b+++',
    '\r\n+QIURC: "closed",0\r\n\r\n+QIURC: "pdpdeact",1\r\n\r\nSEND FAIL\r\n\r\n+QIRD: 700\r\n',
  ];
  const every = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
  const pattern = Buffer.concat([every, ...looks.map((text) => Buffer.from(text, 'latin1'))]);
  return Buffer.alloc(length, pattern);
}
