import type { Situation } from './scene.ts';

/** Messages that a mail reader writes into the copy. */
export const NEW_MESSAGES: readonly Situation[] = [
  {
    name: 'a message written here',
    before: (s) => s.server.add('a'),
    change: (s) => s.device.write('b:S'),
    after: { INBOX: 'a b:S' },
  },
  {
    name: 'a message written into an empty mailbox',
    before: (s) => s.server.add('a'),
    change: (s) => s.device.write('b:DS', 'Sent'),
    after: { INBOX: 'a', Sent: 'b:DS' },
  },
  {
    name: 'several messages written here with different flags',
    before: (s) => s.server.add('a'),
    change: (s) => s.device.write('b c:F d:RS e:T'),
    after: { INBOX: 'a b c:F d:RS e:T' },
  },
  {
    name: 'messages written here and new at the server',
    before: (s) => s.server.add('a'),
    change: async (s) => {
      await s.device.write('b:S');
      await s.server.add('c');
      await s.device.write('d');
    },
    after: { INBOX: 'a b:S c d' },
  },
  {
    name: 'written here and removed before anybody was told',
    before: (s) => s.server.add('a'),
    change: async (s) => {
      await s.device.write('b');
      await s.device.remove('b');
    },
    after: { INBOX: 'a' },
  },
  {
    name: 'a draft written anew: the old one goes, the new one comes',
    before: async (s) => {
      await s.server.add('a');
      await s.sync();
      await s.device.write('draft1:DS', 'Sent');
    },
    change: async (s) => {
      await s.device.remove('draft1', 'Sent');
      await s.device.write('draft2:DS', 'Sent');
    },
    after: { INBOX: 'a', Sent: 'draft2:DS' },
  },
  {
    name: 'a message that was written here is flagged here',
    before: async (s) => {
      await s.server.add('a');
      await s.sync();
      await s.device.write('b:S');
    },
    change: (s) => s.device.mark('b', 'FS'),
    after: { INBOX: 'a b:FS' },
  },
  {
    name: 'a message that was written here is flagged at the server',
    before: async (s) => {
      await s.server.add('a');
      await s.sync();
      await s.device.write('b:S');
    },
    change: (s) => s.server.mark('b', 'RS+work'),
    after: { INBOX: 'a b:RS+work' },
  },
  {
    name: 'a message that was written here is removed here',
    before: async (s) => {
      await s.server.add('a');
      await s.sync();
      await s.device.write('b:S');
    },
    change: (s) => s.device.remove('b'),
    after: { INBOX: 'a' },
  },
  {
    name: 'a message that was written here is expunged at the server',
    before: async (s) => {
      await s.server.add('a');
      await s.sync();
      await s.device.write('b:S');
    },
    change: (s) => s.server.expunge('b'),
    after: { INBOX: 'a' },
  },
  {
    name: 'a copy of a message in its own mailbox',
    before: (s) => s.server.add('a:S b'),
    change: (s) => s.device.copy('a', 'INBOX', 'INBOX'),
    after: { INBOX: 'a:S a:S b' },
  },
  {
    name: 'the same message written here and delivered at the server',
    before: (s) => s.server.add('a'),
    change: async (s) => {
      await s.server.add('b');
      await s.device.write('b');
    },
    after: { INBOX: 'a b b' },
  },
];
