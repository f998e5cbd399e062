import type { Situation } from './scene.ts';

/** The same message changed on both sides. */
export const CONFLICTS: readonly Situation[] = [
  {
    name: 'different flags set on both sides',
    before: (s) => s.server.add('a:S'),
    change: async (s) => {
      await s.server.mark('a', 'RS');
      await s.device.mark('a', 'FS');
    },
    after: { INBOX: 'a:FRS' },
  },
  {
    name: 'the same flag set on both sides',
    before: (s) => s.server.add('a'),
    change: async (s) => {
      await s.server.mark('a', 'S');
      await s.device.mark('a', 'S');
    },
    after: { INBOX: 'a:S' },
  },
  {
    name: 'the same flag cleared on both sides',
    before: (s) => s.server.add('a:FS'),
    change: async (s) => {
      await s.server.mark('a', 'S');
      await s.device.mark('a', 'S');
    },
    after: { INBOX: 'a:S' },
  },
  {
    name: 'a flag cleared here, another set at the server',
    before: (s) => s.server.add('a:FS'),
    change: async (s) => {
      await s.device.mark('a', 'S');
      await s.server.mark('a', 'FRS+work');
    },
    after: { INBOX: 'a:RS+work' },
  },
  {
    name: 'a flag set here, another cleared at the server',
    before: (s) => s.server.add('a:FS'),
    change: async (s) => {
      await s.device.mark('a', 'FRS');
      await s.server.mark('a', 'S');
    },
    after: { INBOX: 'a:RS' },
  },
  {
    name: 'removed here, flagged at the server',
    before: (s) => s.server.add('a b'),
    change: async (s) => {
      await s.device.remove('a');
      await s.server.mark('a', 'F');
    },
    after: { INBOX: 'b' },
  },
  {
    name: 'flagged here, expunged at the server',
    before: (s) => s.server.add('a b'),
    change: async (s) => {
      await s.device.mark('a', 'FS');
      await s.server.expunge('a');
    },
    after: { INBOX: 'b' },
  },
  {
    name: 'gone on both sides',
    before: (s) => s.server.add('a b'),
    change: async (s) => {
      await s.device.remove('a');
      await s.server.expunge('a');
    },
    after: { INBOX: 'b' },
  },
  {
    name: 'marked as deleted here, flagged at the server',
    before: (s) => s.server.add('a b'),
    change: async (s) => {
      await s.device.mark('a', 'T');
      await s.server.mark('a', 'F');
    },
    after: { INBOX: 'a:FT b' },
  },
  {
    name: 'filed here, flagged at the server',
    before: (s) => s.server.add('a b:S'),
    change: async (s) => {
      await s.device.move('b', 'INBOX', 'Archive');
      await s.server.mark('b', 'FS');
    },
    after: { INBOX: 'a', Archive: 'b:FS' },
  },
  {
    name: 'filed in the same mailbox on both sides: it is there twice rather than lost',
    before: (s) => s.server.add('a b'),
    change: async (s) => {
      await s.device.move('b', 'INBOX', 'Archive');
      await s.server.move('b', 'INBOX', 'Archive');
    },
    after: { INBOX: 'a', Archive: 'b b' },
  },
  {
    name: 'filed in different mailboxes on both sides: both have it',
    before: (s) => s.server.add('a b'),
    change: async (s) => {
      await s.device.move('b', 'INBOX', 'Archive');
      await s.server.move('b', 'INBOX', 'Sent');
    },
    after: { INBOX: 'a', Archive: 'b', Sent: 'b' },
  },
  {
    name: 'filed here, expunged at the server: the file here is the last one, and is kept',
    before: (s) => s.server.add('a b:S'),
    change: async (s) => {
      await s.device.move('b', 'INBOX', 'Archive');
      await s.server.expunge('b');
    },
    after: { INBOX: 'a', Archive: 'b:S' },
  },
  {
    name: 'removed here, filed at the server: it stays where it was filed',
    before: (s) => s.server.add('a b'),
    change: async (s) => {
      await s.device.remove('b');
      await s.server.move('b', 'INBOX', 'Archive');
    },
    after: { INBOX: 'a', Archive: 'b' },
  },
  {
    name: 'everything at once on both sides',
    before: (s) => s.server.add('a:S b c d e:F'),
    change: async (s) => {
      await s.server.mark('a', 'RS');
      await s.device.mark('a', 'FS');
      await s.device.remove('b');
      await s.server.expunge('c');
      await s.device.move('d', 'INBOX', 'Archive');
      await s.server.move('e', 'INBOX', 'Sent');
      await s.server.add('f:S');
      await s.device.write('g:S');
    },
    after: { INBOX: 'a:FRS f:S g:S', Archive: 'd', Sent: 'e:F' },
  },
];
