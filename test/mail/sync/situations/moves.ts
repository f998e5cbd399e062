import type { Situation } from './scene.ts';

/** Messages filed in another mailbox, here and at the server. */
export const MOVES: readonly Situation[] = [
  {
    name: 'a message filed here',
    before: (s) => s.server.add('a b:S+work'),
    change: (s) => s.device.move('b', 'INBOX', 'Archive'),
    after: { INBOX: 'a', Archive: 'b:S+work' },
  },
  {
    name: 'several messages filed here in different mailboxes',
    before: (s) => s.server.add('a b c:F d'),
    change: async (s) => {
      await s.device.move('b', 'INBOX', 'Archive');
      await s.device.move('c', 'INBOX', 'Sent');
      await s.device.move('d', 'INBOX', 'Archive');
    },
    after: { INBOX: 'a', Archive: 'b d', Sent: 'c:F' },
  },
  {
    name: 'filed and flagged here',
    before: (s) => s.server.add('a b:R'),
    change: async (s) => {
      await s.device.move('b', 'INBOX', 'Archive');
      await s.device.mark('b', 'FS', 'Archive');
    },
    after: { INBOX: 'a', Archive: 'b:FS' },
  },
  {
    name: 'filed here and back again, unnoticed',
    before: (s) => s.server.add('a b'),
    change: async (s) => {
      await s.device.move('b', 'INBOX', 'Archive');
      await s.device.move('b', 'Archive', 'INBOX');
    },
    after: { INBOX: 'a b' },
  },
  {
    name: 'filed here, and back again after it was told',
    before: async (s) => {
      await s.server.add('a b:S');
      await s.sync();
      await s.device.move('b', 'INBOX', 'Archive');
    },
    change: (s) => s.device.move('b', 'Archive', 'INBOX'),
    after: { INBOX: 'a b:S' },
  },
  {
    name: 'filed on, after it was told',
    before: async (s) => {
      await s.server.add('a b:S');
      await s.sync();
      await s.device.move('b', 'INBOX', 'Archive');
    },
    change: (s) => s.device.move('b', 'Archive', 'Sent'),
    after: { INBOX: 'a', Sent: 'b:S' },
  },
  {
    name: 'copied here',
    before: (s) => s.server.add('a b:S'),
    change: (s) => s.device.copy('b', 'INBOX', 'Archive'),
    after: { INBOX: 'a b:S', Archive: 'b:S' },
  },
  {
    name: 'copied here to two mailboxes',
    before: (s) => s.server.add('a b:S'),
    change: async (s) => {
      await s.device.copy('b', 'INBOX', 'Archive');
      await s.device.copy('b', 'INBOX', 'Sent');
    },
    after: { INBOX: 'a b:S', Archive: 'b:S', Sent: 'b:S' },
  },
  {
    name: 'copied to one mailbox and filed in another one here',
    before: (s) => s.server.add('a b:S'),
    change: async (s) => {
      await s.device.copy('b', 'INBOX', 'Archive');
      await s.device.move('b', 'INBOX', 'Sent');
    },
    after: { INBOX: 'a', Archive: 'b:S', Sent: 'b:S' },
  },
  {
    name: 'copied here, and the copy removed after it was told',
    before: async (s) => {
      await s.server.add('a b');
      await s.sync();
      await s.device.copy('b', 'INBOX', 'Archive');
    },
    change: (s) => s.device.remove('b', 'Archive'),
    after: { INBOX: 'a b' },
  },
  {
    name: 'a message written here is filed after it was told',
    before: async (s) => {
      await s.server.add('a');
      await s.sync();
      await s.device.write('b:S');
    },
    change: (s) => s.device.move('b', 'INBOX', 'Sent'),
    after: { INBOX: 'a', Sent: 'b:S' },
  },
  {
    name: 'many messages filed here are not taken for lost',
    before: (s) => s.server.add('a b c d e f g h i j k l'),
    change: async (s) => {
      for (const name of 'abcdefghijk') await s.device.move(name, 'INBOX', 'Archive');
    },
    after: { INBOX: 'l', Archive: 'a b c d e f g h i j k' },
  },
  {
    name: 'filed at the server',
    before: (s) => s.server.add('a b:S+work'),
    change: (s) => s.server.move('b', 'INBOX', 'Archive'),
    after: { INBOX: 'a', Archive: 'b:S+work' },
  },
  {
    name: 'filed in one direction here and in the other one at the server',
    before: async (s) => {
      await s.server.add('a b');
      await s.server.add('c d', 'Archive');
    },
    change: async (s) => {
      await s.device.move('b', 'INBOX', 'Archive');
      await s.server.move('d', 'Archive', 'INBOX');
    },
    after: { INBOX: 'a d', Archive: 'b c' },
  },
];
