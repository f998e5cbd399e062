import type { Situation } from './scene.ts';
import { many } from './server-changes.ts';

/** Flags and removals here alone. */
export const LOCAL_CHANGES: readonly Situation[] = [
  {
    name: 'a message read here',
    before: (s) => s.server.add('a b'),
    change: (s) => s.device.mark('a', 'S'),
    after: { INBOX: 'a:S b' },
  },
  {
    name: 'a message seen by the reader, without a flag',
    before: (s) => s.server.add('a b'),
    change: (s) => s.device.mark('a', ''),
    after: { INBOX: 'a b' },
  },
  {
    name: 'every flag set here',
    before: (s) => s.server.add('a b:S'),
    change: (s) => s.device.mark('a', 'DFPRST'),
    after: { INBOX: 'a:DFPRST b:S' },
  },
  {
    name: 'all flags cleared here; keywords stay',
    before: (s) => s.server.add('a:FRS+work'),
    change: (s) => s.device.mark('a', ''),
    after: { INBOX: 'a:+work' },
  },
  {
    name: 'one flag set and one cleared here, on several messages',
    before: (s) => s.server.add('a:S b:S c:S'),
    change: async (s) => {
      for (const name of ['a', 'b']) await s.device.mark(name, 'F');
    },
    after: { INBOX: 'a:F b:F c:S' },
  },
  {
    name: 'a flag set here and taken back before anybody was told',
    before: (s) => s.server.add('a:S'),
    change: async (s) => {
      await s.device.mark('a', 'FS');
      await s.device.mark('a', 'S');
    },
    after: { INBOX: 'a:S' },
  },
  {
    name: 'a message marked as deleted here stays',
    before: (s) => s.server.add('a b'),
    change: (s) => s.device.mark('a', 'ST'),
    after: { INBOX: 'a:ST b' },
  },
  {
    name: 'a message removed here',
    before: (s) => s.server.add('a b c'),
    change: (s) => s.device.remove('b'),
    after: { INBOX: 'a c' },
  },
  {
    name: 'messages removed here while others at the server are marked as deleted',
    before: (s) => s.server.add('a:T b c:ST d'),
    change: (s) => s.device.remove('b'),
    after: { INBOX: 'a:T c:ST d' },
  },
  {
    name: 'a message marked as deleted, then removed here',
    before: (s) => s.server.add('a b:T'),
    change: (s) => s.device.remove('b'),
    after: { INBOX: 'a' },
  },
  {
    name: 'the only message removed here',
    before: (s) => s.server.add('a'),
    change: (s) => s.device.remove('a'),
    after: {},
  },
  {
    name: 'some removed, some flagged here',
    before: (s) => s.server.add('a b:S c d'),
    change: async (s) => {
      await s.device.remove('a c');
      await s.device.mark('b', 'F');
      await s.device.mark('d', 'R');
    },
    after: { INBOX: 'b:F d:R' },
  },
  {
    name: 'too many removed here',
    before: (s) => s.server.add(many('m', 20)),
    change: (s) => s.device.remove(many('m', 11)),
    after: { INBOX: many('m', 20) },
    here: { INBOX: many('m', 9, 12) },
  },
  {
    name: 'too many removed here, and the user says so',
    before: (s) => s.server.add(many('m', 20)),
    change: (s) => s.device.remove(many('m', 11)),
    options: { acceptDeletions: ['INBOX'] },
    after: { INBOX: many('m', 9, 12) },
  },
  {
    name: 'a message put aside and put back, unnoticed',
    before: (s) => s.server.add('a:S b'),
    change: async (s) => {
      await s.device.take('a');
      await s.device.putBack('a');
    },
    after: { INBOX: 'a:S b' },
  },
  {
    name: 'a message put back after its removal was told',
    before: async (s) => {
      await s.server.add('a:S b');
      await s.sync();
      await s.device.take('a');
    },
    change: (s) => s.device.putBack('a'),
    after: { INBOX: 'a:S b' },
  },
];
