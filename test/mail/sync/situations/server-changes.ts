import type { Situation } from './scene.ts';

/** What happens at the server alone. */
export const SERVER_CHANGES: readonly Situation[] = [
  { name: 'nothing at all', change: async () => {}, after: {} },
  {
    name: 'the first synchronisation',
    change: (s) => s.server.add('a:S+work b:F c'),
    after: { INBOX: 'a:S+work b:F c' },
  },
  {
    name: 'one new message',
    before: (s) => s.server.add('a b'),
    change: (s) => s.server.add('c'),
    after: { INBOX: 'a b c' },
  },
  {
    name: 'more new messages than one checkpoint holds',
    before: (s) => s.server.add('a'),
    change: (s) => s.server.add(many('m', 30)),
    after: { INBOX: `a ${many('m', 30)}` },
  },
  {
    name: 'a flag set at the server',
    before: (s) => s.server.add('a b:S'),
    change: (s) => s.server.mark('a', 'FS'),
    after: { INBOX: 'a:FS b:S' },
  },
  {
    name: 'all flags cleared at the server',
    before: (s) => s.server.add('a:FRS b:S'),
    change: (s) => s.server.mark('a', ''),
    after: { INBOX: 'a b:S' },
  },
  {
    name: 'every flag that a name can carry',
    before: (s) => s.server.add('a'),
    change: (s) => s.server.mark('a', 'DFPRST'),
    after: { INBOX: 'a:DFPRST' },
  },
  {
    name: 'keywords at the server',
    before: (s) => s.server.add('a:+work b:S+work+home'),
    change: async (s) => {
      await s.server.mark('a', '+home');
      await s.server.mark('b', 'S');
    },
    after: { INBOX: 'a:+home b:S' },
  },
  {
    name: 'messages expunged at the server',
    before: (s) => s.server.add('a b c d'),
    change: (s) => s.server.expunge('b d'),
    after: { INBOX: 'a c' },
  },
  {
    name: 'the newest message expunged at the server, and another one new',
    before: (s) => s.server.add('a b'),
    change: async (s) => {
      await s.server.expunge('b');
      await s.server.add('c');
    },
    after: { INBOX: 'a c' },
  },
  {
    name: 'new and expunged between two synchronisations',
    before: (s) => s.server.add('a'),
    change: async (s) => {
      await s.server.add('b c:S');
      await s.server.expunge('b');
    },
    after: { INBOX: 'a c:S' },
  },
  {
    name: 'a few messages, all expunged at the server',
    before: (s) => s.server.add('a b c'),
    change: (s) => s.server.expunge('a b c'),
    after: {},
  },
  {
    name: 'many messages, all expunged at the server',
    before: (s) => s.server.add(many('m', 12)),
    change: (s) => s.server.expunge(many('m', 12)),
    after: {},
    here: { INBOX: many('m', 12) },
    results: { INBOX: 'guarded' },
  },
  {
    name: 'everything at once at the server',
    before: (s) => s.server.add('a:S b c d'),
    change: async (s) => {
      await s.server.mark('a', 'RS');
      await s.server.expunge('c');
      await s.server.add('e:P f');
    },
    after: { INBOX: 'a:RS b d e:P f' },
  },
];

/** `m1 m2 ...` */
export function many(name: string, count: number, first = 1): string {
  return Array.from({ length: count }, (_one, index) => `${name}${first + index}`).join(' ');
}
