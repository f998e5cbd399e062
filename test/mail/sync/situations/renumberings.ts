import type { Scene, Situation } from './scene.ts';

const before = (messages: string) => (s: Scene) => s.server.add(messages, 'Archive');

/** UIDVALIDITY changes: the server numbers its messages anew. */
export const RENUMBERINGS: readonly Situation[] = [
  {
    name: 'numbered anew',
    before: before('a:S b c:F'),
    change: (s) => s.server.renumber('Archive'),
    after: { Archive: 'a:S b c:F' },
  },
  {
    name: 'numbered anew, with changes at the server',
    before: before('a:S b c:F d'),
    change: async (s) => {
      await s.server.renumber('Archive');
      await s.server.mark('a', 'RS', 'Archive');
      await s.server.add('e', 'Archive');
    },
    after: { Archive: 'a:RS b c:F d e' },
  },
  {
    name: 'numbered anew, with flags set here',
    before: before('a:S b c:F'),
    change: async (s) => {
      await s.device.mark('b', 'RS', 'Archive');
      await s.server.renumber('Archive');
    },
    after: { Archive: 'a:S b:RS c:F' },
  },
  {
    name: 'numbered anew, with a message written here',
    before: before('a b'),
    change: async (s) => {
      await s.device.write('c:S', 'Archive');
      await s.server.renumber('Archive');
    },
    after: { Archive: 'a b c:S' },
  },
  {
    name: 'numbered anew after a message was written here and told',
    before: async (s) => {
      await s.server.add('a', 'Archive');
      await s.sync();
      await s.device.write('b:S', 'Archive');
    },
    change: (s) => s.server.renumber('Archive'),
    after: { Archive: 'a b:S' },
  },
  {
    name: 'numbered anew, with a message removed here: it comes back rather than another one goes',
    before: before('a b c'),
    change: async (s) => {
      await s.device.remove('b', 'Archive');
      await s.server.renumber('Archive');
    },
    after: { Archive: 'a b c' },
  },
  {
    name: 'numbered anew, with a message filed here from there: it is in both rather than in none',
    before: before('a b:S'),
    change: async (s) => {
      await s.device.move('b', 'Archive', 'INBOX');
      await s.server.renumber('Archive');
    },
    after: { INBOX: 'b:S', Archive: 'a b:S' },
  },
  {
    name: 'numbered anew, with a message filed there from here',
    before: async (s) => {
      await s.server.add('a b:S');
      await s.server.add('c', 'Archive');
    },
    change: async (s) => {
      await s.device.move('b', 'INBOX', 'Archive');
      await s.server.renumber('Archive');
    },
    after: { INBOX: 'a', Archive: 'b:S c' },
  },
  {
    name: 'numbered anew, with twins',
    before: before('twin1 twin2:S a'),
    change: (s) => s.server.renumber('Archive'),
    after: { Archive: 'twin1 twin2:S a' },
  },
  {
    name: 'numbered anew twice',
    before: async (s) => {
      await s.server.add('a:S b', 'Archive');
      await s.sync();
      await s.server.renumber('Archive');
    },
    change: async (s) => {
      await s.server.renumber('Archive');
      await s.device.mark('a', 'F', 'Archive');
    },
    after: { Archive: 'a:F b' },
  },
  {
    name: 'numbered anew and then changed here',
    before: async (s) => {
      await s.server.add('a:S b c', 'Archive');
      await s.sync();
      await s.server.renumber('Archive');
    },
    change: async (s) => {
      await s.device.mark('a', 'FS', 'Archive');
      await s.device.remove('b', 'Archive');
      await s.device.move('c', 'Archive', 'INBOX');
    },
    after: { INBOX: 'c', Archive: 'a:FS' },
  },
];
