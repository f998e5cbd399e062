import { expect, it } from 'vitest';
import { SyncRoom } from '../sync/sync-room.ts';
import { letter, outboxRoom } from './outbox-room.ts';

it.each(['before', 'after'])(
  'what the Outbox filed goes to Sent at the server, also when that was synchronised %s the first time',
  async (order) => {
    const room = await outboxRoom();
    const sync = new SyncRoom();
    sync.files = room.files;
    sync.server.mailbox('Sent');
    const targets = [{ mailbox: 'Sent' }];
    if (order === 'before') expect((await sync.sync({ targets })).result).toBe('ok');
    await room.put('new/1.one', letter('one'));
    expect((await room.submit()).sent).toHaveLength(1);
    expect(await sync.sync({ targets })).toMatchObject({ result: 'ok' });
    expect(await room.content(/^\.Sent\/cur\//)).toBe(letter('one'));
    const atServer = sync.server.mailbox('Sent').messages;
    expect(atServer.map(({ content, flags }) => [content.toString(), flags])).toEqual([
      [letter('one').replaceAll('\n', '\r\n'), ['\\Seen']],
    ]);
  },
);

it('a mailbox named by what it is for is known once it was synchronised; before that nothing is sent', async () => {
  const room = await outboxRoom();
  const sync = new SyncRoom();
  sync.files = room.files;
  sync.server.mailbox('Gesendet');
  sync.server.roles.set('\\Sent', 'Gesendet');
  await room.put('new/1.one', letter('one'));
  const submit = () => room.submit({ sentMailbox: '\\Sent' });
  expect(await submit()).toMatchObject({ left: 1, error: { code: 'no-mailbox', temporary: true } });
  expect(room.server.connections).toBe(0);
  expect(await sync.sync({ targets: [{ mailbox: '\\Sent' }] })).toMatchObject({ result: 'ok' });
  expect(await submit()).toMatchObject({ sent: [{ subject: 'one' }] });
  expect(await room.content(/^\.Gesendet\/cur\//)).toBe(letter('one'));
});
