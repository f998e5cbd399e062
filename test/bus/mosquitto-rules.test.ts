import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type BusUser, mayPublish, maySubscribe } from '../../src/bus/access.ts';
import { mosquittoPasswordLine } from '../../src/bus/mosquitto-password.ts';
import { matchesFilter } from '../../src/bus/topic-filter.ts';

type Access = 'read' | 'write' | 'deny';
interface Rules {
  readonly patterns: { access: Access; topic: string }[];
  readonly users: Map<string, { access: Access; topic: string }[]>;
}

/** The file as Mosquitto reads it (mosquitto.conf(5), acl_file): patterns are nobody's, a topic is that of the user above. */
function readRules(text: string): Rules {
  const rules: Rules = { patterns: [], users: new Map() };
  let user = '';
  for (const line of text.split('\n').filter((one) => one && !one.startsWith('#'))) {
    const [word, access, topic, ...rest] = line.split(' ');
    expect(rest, line).toEqual([]);
    if (word === 'user') user = access as string;
    else if (word === 'pattern') rules.patterns.push({ access: access as Access, topic: topic as string });
    else {
      expect(word).toBe('topic');
      rules.users.set(user, [
        ...(rules.users.get(user) ?? []),
        { access: access as Access, topic: topic as string },
      ]);
    }
  }
  return rules;
}

/** Denials first, then the user's own lines, then the patterns. */
function mosquittoAllows(rules: Rules, user: string, topic: string, wanted: 'read' | 'write'): boolean {
  const own = (rules.users.get(user) ?? []).filter((rule) => matchesFilter(rule.topic, topic));
  if (own.some(({ access }) => access === 'deny')) return false;
  const patterns = rules.patterns.map((rule) => ({ ...rule, topic: rule.topic.replaceAll('%u', user) }));
  return [...own, ...patterns].some((rule) => rule.access === wanted && matchesFilter(rule.topic, topic));
}

const USERS: BusUser[] = [
  { name: 'cabin-1', role: 'device' },
  { name: 'cabin-12', role: 'device' },
  { name: 'ringpost-mail', role: 'mail-server' },
  { name: 'ringpost-message', role: 'message-server' },
];
const LEAVES = [
  'hello',
  'report',
  'request',
  'log',
  'settings',
  'settings/device',
  'settings/server',
  'request/x',
  'new',
];
const TOPICS = [
  ...['ringpost', 'ringpost/trigger', 'ringpost/trigger/ack', 'ringpost/trigger/ack/x', 'ringpost/settings'],
  ...[
    'ringpost/settings/effective',
    'ringpost/settings/device',
    'ringpost/device',
    'trigger',
    '$SYS/broker/uptime',
  ],
  ...USERS.flatMap(({ name }) => LEAVES.map((leaf) => `ringpost/device/${name}/${leaf}`)),
];

test('the access rules for Mosquitto decide as those of the embedded broker, for every user and topic', async () => {
  const rules = readRules(await readFile('hardware/mosquitto/ringpost.acl', 'utf8'));
  for (const user of USERS) {
    for (const topic of TOPICS) {
      const case_ = `${user.name} ${topic}`;
      expect(mosquittoAllows(rules, user.name, topic, 'write'), `${case_} write`).toBe(
        mayPublish(user, topic),
      );
      expect(mosquittoAllows(rules, user.name, topic, 'read'), `${case_} read`).toBe(
        maySubscribe(user, topic),
      );
    }
  }
});

test('a password line is one that mosquitto_passwd 2.0.11 wrote', () => {
  // printf 'cabin-1:one\n' > file; mosquitto_passwd -U file
  const written =
    'cabin-1:$7$101$wzSq075FXf9JH/fI$ANVNQGPE7CtdYkVX/5BtNNZobDZyXs4HqBKJOTyt42MF/tGVpSl8nR4/Z2f7SK++7T2u8Jm8CTXUh/FA9YFHqA==';
  const [, , salt] = written.split('$').slice(1);
  expect(
    mosquittoPasswordLine({ name: 'cabin-1', password: 'one' }, Buffer.from(salt as string, 'base64')),
  ).toBe(written);
});
