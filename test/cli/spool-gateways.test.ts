import { readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { serverConfig } from '../../src/cli/config/server.ts';

const withGateways = (gateways: unknown[]) =>
  serverConfig.safeParse({ broker: {}, message_server: { gateways } });

test('what the example configuration says of the spools holds, with the directories of Debian’s packages', async () => {
  const example = await readFile('fixtures/server.toml', 'utf8');
  const [, section = ''] = example.split('# which are where');
  const commented = section.split('\n').slice(1);
  const end = commented.findIndex((line) => !line.startsWith('#'));
  const lines = commented.slice(0, end).map((line) => line.replace(/^# ?/, ''));
  const { message_server } = parse(lines.join('\n')) as { message_server: { gateways: unknown[] } };
  const { data } = withGateways(message_server.gateways);
  expect(data?.message_server?.gateways).toEqual([
    {
      name: 'smsd',
      kind: 'smstools',
      wait: 100,
      outgoing: '/var/spool/sms/outgoing',
      queues: ['/var/spool/sms/checked'],
      sent: '/var/spool/sms/sent',
      failed: '/var/spool/sms/failed',
    },
    {
      name: 'gammu',
      kind: 'gammu-smsd',
      wait: 60,
      outbox: '/var/spool/gammu/outbox',
      sent: '/var/spool/gammu/sent',
      error: '/var/spool/gammu/error',
    },
  ]);
});

test.each([
  { what: 'a wait that the server would cut short', gateway: { kind: 'smstools', wait: '2m' }, at: 'wait' },
  { what: 'a directory without its place', gateway: { kind: 'gammu-smsd', outbox: 'outbox' }, at: 'outbox' },
  {
    what: 'a directory of the other program',
    gateway: { kind: 'gammu-smsd', outgoing: '/o' },
    at: undefined,
  },
])('$what is refused by name', ({ gateway, at }) => {
  const { error } = withGateways([{ name: 'x', ...gateway }]);
  const path = ['message_server', 'gateways', 0, ...(at ? [at] : [])];
  expect(error?.issues).toMatchObject([{ path }]);
});
