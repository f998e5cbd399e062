import type { Situation } from './scene.ts';

const ODD = 'nobody noheader bytes utf8 long line noend dots folded oddid';

/** Messages that are hard to tell apart, or hard to carry; programs that died before. */
export const ODD_MESSAGES: readonly Situation[] = [
  {
    name: 'odd messages at the server',
    before: (s) => s.server.add('a'),
    change: (s) => s.server.add(ODD),
    after: { INBOX: `a ${ODD}` },
  },
  {
    name: 'odd messages written here',
    before: (s) => s.server.add('a'),
    change: (s) => s.device.write(ODD),
    after: { INBOX: `a ${ODD}` },
  },
  {
    name: 'odd messages filed here',
    before: (s) => s.server.add('nobody noheader bytes noend'),
    change: async (s) => {
      for (const name of ['nobody', 'noheader', 'bytes', 'noend'])
        await s.device.move(name, 'INBOX', 'Archive');
    },
    after: { Archive: 'nobody noheader bytes noend' },
  },
  {
    name: 'a large message written here',
    before: (s) => s.server.add('a'),
    change: (s) => s.device.write('large:S', 'Sent'),
    after: { INBOX: 'a', Sent: 'large:S' },
  },
  {
    name: 'twins at the server, one flagged there and one here',
    before: (s) => s.server.add('twin1 twin2 twin3'),
    change: async (s) => {
      await s.server.mark('twin1', 'F');
      await s.device.mark('twin2', 'S');
    },
    after: { INBOX: 'twin1:F twin2:S twin3' },
  },
  {
    name: 'one of the twins removed here, another one expunged at the server',
    before: (s) => s.server.add('twin1 twin2 twin3'),
    change: async (s) => {
      await s.device.remove('twin1');
      await s.server.expunge('twin2');
    },
    after: { INBOX: 'twin3' },
  },
  {
    name: 'a twin written here beside the one at the server',
    before: (s) => s.server.add('twin1:S'),
    change: (s) => s.device.write('twin2:F'),
    after: { INBOX: 'twin1:S twin2:F' },
  },
  {
    name: 'messages without Message-ID written here, the same size and time',
    before: (s) => s.server.add('a'),
    change: (s) => s.device.write('noid1:S noid2'),
    after: { INBOX: 'a noid1:S noid2' },
  },
  {
    name: 'a message without Message-ID numbered anew',
    before: (s) => s.server.add('noid1:S a', 'Archive'),
    change: (s) => s.server.renumber('Archive'),
    after: { Archive: 'noid1:S a' },
    here: { Archive: 'noid1:S noid1:S a' },
  },
  {
    name: 'a download that was interrupted before',
    before: async (s) => {
      await s.server.add('a');
      await s.sync();
      await s.server.add('b:S c d');
      await s.dyingSync(9);
    },
    change: async (s) => {
      await s.server.mark('c', 'F');
      await s.device.mark('a', 'S');
    },
    after: { INBOX: 'a:S b:S c:F d' },
  },
  {
    name: 'an upload that was interrupted before',
    before: async (s) => {
      await s.server.add('a b');
      await s.sync();
    },
    change: async (s) => {
      await s.device.write('c:S');
      await s.device.mark('a', 'S');
      await s.dyingSync(5);
      await s.server.mark('b', 'F');
    },
    after: { INBOX: 'a:S b:F c:S' },
  },
  {
    name: 'a move that was interrupted before, and was taken back',
    before: (s) => s.server.add('a b:S'),
    change: async (s) => {
      await s.device.move('b', 'INBOX', 'Archive');
      await s.dyingSync(5);
      await s.device.move('b', 'Archive', 'INBOX');
    },
    after: { INBOX: 'a b:S' },
  },
];
