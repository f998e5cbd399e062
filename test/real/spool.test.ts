import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { NUMBERS } from '../../src/cli/demo/modems.ts';
import { DEVICE, type ServerTable, type serverTable } from '../../src/cli/demo/parts.ts';
import { temporaryDirectory } from '../support/room.ts';
import { type RunningProgram, startGammuSmsd, startSmsd } from '../support/spool-programs.ts';
import { enrol, layOut, type System, type SystemOptions } from '../support/system.ts';

type Gateway = NonNullable<NonNullable<ServerTable['message_server']>['gateways']>[number];

const PROGRAMS = [
  {
    program: 'smstools',
    start: startSmsd,
    refusal: { code: 'refused', surely: true, message: expect.stringMatching(/\+CM[ES] ERROR/) },
    gateway: ({ directories: { checked, ...rest } }: RunningProgram): Gateway => ({
      kind: 'smstools',
      name: 'spool',
      queues: [checked],
      ...rest,
    }),
  },
  {
    program: 'gammu-smsd',
    start: startGammuSmsd,
    // With files, 1.42 tries again each second and for ever; only its being taken back ends that.
    refusal: { code: 'deadline', surely: false },
    gateway: ({ directories: { outgoing, sent, failed } }: RunningProgram): Gateway => ({
      kind: 'gammu-smsd',
      name: 'spool',
      wait: '10s',
      outbox: outgoing,
      sent,
      error: failed,
    }),
  },
];

type Served = (typeof PROGRAMS)[number];

/** The whole chain, whose server has no modem: that is the program's. */
async function startWith(served: Served, options: SystemOptions = {}) {
  let running: RunningProgram | undefined;
  const system = await layOut({
    ptys: true,
    ...options,
    server: (table: ReturnType<typeof serverTable>) => {
      const { modem: _theirs, ...rest } = table.message_server;
      if (!running) throw new Error('the program is started first');
      return { ...table, message_server: { ...rest, gateways: [served.gateway(running)] } };
    },
  });
  running = await served.start(await temporaryDirectory(), system.modems.ports.server);
  await system.startServer();
  await enrol(system);
  return { system, running };
}

function filesIn({ directories }: RunningProgram) {
  const { outgoing, checked, sent, failed } = directories;
  return Promise.all([outgoing, checked, sent, failed].map((path) => readdir(path)));
}

/** For longer than the System's own patience: the programs look each second, and set their modem up before. */
async function arrives(system: System, sent: Buffer, program: RunningProgram) {
  const refused = async (error: unknown) => {
    throw new Error(`${String(error)}; its log: ${(await program.log()).slice(-3000)}`);
  };
  await system.until(() => expect(system.happened('sms-submitted')).not.toEqual([])).catch(() => {});
  await system.arrives(sent).catch(refused);
}

test.each(PROGRAMS)('a mail reaches the handheld by an SMS that $program sent', async (served) => {
  const { system, running } = await startWith(served);
  await system.startDevice();
  const since = system.timeline.mark();
  await arrives(system, await system.send('By the spool'), running);
  await system.sessionOver(since);

  expect(system.happened('sms-submitted')).toMatchObject([{ from: NUMBERS.server, to: NUMBERS.device }]);
  expect(await system.sessions()).toMatchObject([{ device: DEVICE, result: 'ok', cause: 'sms' }]);
  await system.until(async () => {
    const [outgoing, checked, sent, failed] = await filesIn(running);
    expect([outgoing, checked, failed]).toEqual([[], [], []]);
    expect(sent).toHaveLength(1);
  });
});

test.each(PROGRAMS)('what $program could not send is tried again later and is logged', async (served) => {
  const { system, running } = await startWith(served, { serverPolicy: { gatewayRetryMs: 500 } });
  // The network knows no such number.
  const contact = { device: DEVICE, number: '+9990000009', key: { id: 1, secret: system.secret } };
  await system.server.addressBook.add(contact);
  await system.startDevice();
  const mail = await system.send('Refused at first');
  const warned = () =>
    system.logged('server').find(({ msg }) => msg === 'A gateway did not send the second trigger');
  for (let turn = 0; turn < 4 && !warned(); turn += 1) {
    await system.until(() => expect(warned()).toBeDefined()).catch(() => {});
  }
  expect(warned(), (await running.log()).slice(-3000)).toMatchObject({ err: served.refusal });
  expect(JSON.stringify(system.logged('server'))).not.toContain('9990000009');

  await system.server.addressBook.add({ ...contact, number: NUMBERS.device });
  await arrives(system, mail, running);
});
