import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { unobserved } from '../../../src/base/steps.ts';
import { buildExamination } from '../../../src/cli/build/doctor.ts';
import { buildServer } from '../../../src/cli/build/server.ts';
import { deviceConfig } from '../../../src/cli/config/device.ts';
import { serverConfig } from '../../../src/cli/config/server.ts';
import { MemoryPort } from '../../../src/cli/demo/memory-port.ts';
import { examine } from '../../../src/device/doctor/examine.ts';
import type { Finding } from '../../../src/device/doctor/stage.ts';
import { INSTANT_CONDITIONS } from '../../../src/simulator/network/conditions.ts';
import { CellularNetwork } from '../../../src/simulator/network.ts';
import { simulateModem } from '../../../src/simulator/simulated-modem/modem.ts';
import { temporaryDirectory } from '../../support/room.ts';
import { GOOD_PI, NUMBER, PORT, plant } from './surgery.ts';

const SECRET = 'a5'.repeat(32);

/** Mail server and broker of Ringpost, as `ringpost server` runs them. */
async function servers() {
  const state = await temporaryDirectory();
  const config = serverConfig.parse({
    state,
    socket: join(state, 'server.sock'),
    mail: {
      smtp_port: 0,
      imap_port: 0,
      users: [{ name: 'ada', password: 'hunter2', addresses: ['ada@localhost'], device: 'pocket-1' }],
    },
    broker: { port: 0 },
  });
  const around = { clock: systemClock, log: silentLog, observe: unobserved };
  const server = await buildServer(config, around, new AbortController().signal);
  onTestFinished(() => server[Symbol.asyncDispose]());
  await server.addressBook.add({ device: 'pocket-1', number: NUMBER, key: { id: 1, secret: SECRET } });
  return { server, ca: join(state, 'tls', 'localhost.crt') };
}

type Sick = (written: Written) => void;
type Written = Awaited<ReturnType<typeof healthy>>;

async function healthy() {
  const { server, ca } = await servers();
  return {
    device: 'pocket-1',
    state: '/nowhere',
    mail: '/nowhere/Mail',
    modem: { port: PORT } as { port: string; profile?: string },
    link: { kind: 'sockets' },
    imap: {
      host: 'localhost',
      port: server.mail?.imapPort ?? 0,
      user: 'ada',
      password: 'hunter2',
      ca: ca as string | undefined,
      mailboxes: ['INBOX'],
      servername: undefined as string | undefined,
    },
    message_server: { host: 'localhost', port: server.broker?.port ?? 0, ca },
    trigger: { keys: [{ id: 1, secret: SECRET }] },
  };
}

async function diagnose(sick: Sick, clock: Clock = systemClock): Promise<readonly Finding[]> {
  const written = await healthy();
  sick(written);
  const network = new CellularNetwork({ clock: systemClock, conditions: INSTANT_CONDITIONS });
  onTestFinished(() => network[Symbol.asyncDispose]());
  const port = new MemoryPort(PORT);
  const options = { baudRate: Number.POSITIVE_INFINITY, commandLatencyMs: 0, number: NUMBER };
  const modem = simulateModem({ ...options, port, network, clock: systemClock });
  onTestFinished(() => modem[Symbol.asyncDispose]());
  const around = {
    clock,
    log: silentLog,
    observe: unobserved,
    openLine: async () => port.open(),
    root: await plant(GOOD_PI),
    ownNumber: null,
  };
  const config = deviceConfig.parse(JSON.parse(JSON.stringify(written)));
  const { signal } = new AbortController();
  await using examination = await buildExamination(config, around, signal);
  return await examine(examination.patient, () => {}, signal);
}

test('a healthy handheld: all is well, to the messages in its mailbox', async () => {
  const findings = await diagnose(() => {});
  expect(findings.filter(({ outcome }) => outcome !== 'passed')).toMatchObject([{ stage: 'sms-to-self' }]);
  expect(findings.at(-1)?.text).toBe('logged in; messages in INBOX: 0');
});

const CASES: readonly { fault: string; stage: string; code: string; mend: RegExp; sick: Sick }[] = [
  {
    fault: 'sockets of a modem that has none',
    stage: 'data-session',
    code: 'bad-config',
    mend: /kind = "ppp"/,
    sick: ({ modem }) => {
      modem.profile = 'generic';
    },
  },
  {
    fault: 'a name that is none',
    stage: 'names',
    code: 'name-not-found',
    mend: /getent hosts/,
    sick: ({ imap }) => {
      imap.host = 'no-such-host.invalid';
    },
  },
  {
    fault: 'an unknown authority',
    stage: 'tls',
    code: 'certificate',
    mend: /set ca in device.toml/,
    sick: ({ imap }) => {
      imap.ca = undefined;
    },
  },
  {
    fault: 'another name in the certificate',
    stage: 'tls',
    code: 'certificate',
    mend: /set servername/,
    sick: ({ imap }) => {
      imap.servername = 'mail.example';
    },
  },
  {
    fault: 'nobody at the MQTT port',
    stage: 'mqtt',
    code: 'not-listening',
    mend: /\[message_server\] port/,
    sick: ({ message_server }) => {
      message_server.port = 1;
    },
  },
  {
    fault: 'a key that is not the server’s',
    stage: 'mqtt',
    code: 'mqtt-refused',
    mend: /ringpost keys new/,
    sick: ({ trigger }) => {
      trigger.keys = [{ id: 1, secret: '00'.repeat(32) }];
    },
  },
  {
    fault: 'nobody at the IMAP port',
    stage: 'imap',
    code: 'not-listening',
    mend: /\[imap\] port/,
    sick: ({ imap }) => {
      imap.port = 1;
    },
  },
  {
    fault: 'a wrong mail password',
    stage: 'imap',
    code: 'imap-login',
    mend: /user and password/,
    sick: ({ imap }) => {
      imap.password = 'wrong';
    },
  },
  {
    fault: 'a mailbox that is not there',
    stage: 'imap',
    code: 'no-mailbox',
    mend: /\[imap\] mailboxes/,
    sick: ({ imap }) => {
      imap.mailboxes = ['INBOX', 'Projects'];
    },
  },
];

test.each(CASES)('$fault: stage $stage, $code', async ({ stage, code, mend, sick }) => {
  const findings = await diagnose(sick);
  const first = findings.find(({ outcome }) => outcome === 'failed');
  expect(first).toMatchObject({ stage, code });
  expect(first?.mend).toMatch(mend);
});

test('a clock that stands still in 2020 is named, not the certificate', async () => {
  const findings = await diagnose(() => {}, { ...systemClock, now: () => Date.UTC(2020, 0, 1) });
  expect(findings.find(({ outcome }) => outcome === 'failed')).toMatchObject({
    stage: 'tls',
    code: 'clock-wrong',
    text: expect.stringContaining('2020-01-01'),
    mend: expect.stringContaining('date -s'),
  });
});
