import { expect, test } from 'vitest';
import { type BusUser, mayPublish, maySubscribe } from '../../src/bus/access.ts';
import { matchesFilter } from '../../src/bus/topic-filter.ts';

const device: BusUser = { name: 'cabin-1', role: 'device' };
const mailServer: BusUser = { name: 'mail', role: 'mail-server' };
const messageServer: BusUser = { name: 'message', role: 'message-server' };

const own = (leaf: string) => `ringpost/device/cabin-1/${leaf}`;

test('a device writes hello, report, its settings and its log, and reads the rest of its subtree', () => {
  for (const leaf of ['hello', 'report', 'settings/device', 'log']) {
    expect(mayPublish(device, own(leaf)), leaf).toBe(true);
    expect(maySubscribe(device, own(leaf)), leaf).toBe(false);
  }
  for (const leaf of ['request', 'settings/server']) {
    expect(mayPublish(device, own(leaf)), leaf).toBe(false);
    expect(maySubscribe(device, own(leaf)), leaf).toBe(true);
  }
});

test('a device does not leave its subtree, by no wildcard and by no neighbour with a longer name', () => {
  const filters = [
    '#',
    '+',
    'ringpost/#',
    'ringpost/device/#',
    'ringpost/device/+/request',
    'ringpost/device/cabin-1/#',
    'ringpost/device/cabin-1/+',
    'ringpost/device/cabin-12/request',
    'ringpost/device/cabin-1/request/more',
    'ringpost/device/cabin-1//request',
    '$SYS/#',
    '$share/x/ringpost/device/cabin-1/request',
    'ringpost/trigger',
    'ringpost/trigger/ack',
    '',
  ];
  for (const filter of filters) {
    expect(maySubscribe(device, filter), filter).toBe(false);
    expect(mayPublish(device, filter.replace('request', 'report')), filter).toBe(false);
  }
});

test('a mail server writes triggers and reads their acknowledgements, no more', () => {
  expect(mayPublish(mailServer, 'ringpost/trigger')).toBe(true);
  expect(maySubscribe(mailServer, 'ringpost/trigger/ack')).toBe(true);
  expect(maySubscribe(mailServer, 'ringpost/trigger')).toBe(false);
  expect(maySubscribe(mailServer, 'ringpost/#')).toBe(false);
  expect(mayPublish(mailServer, own('request'))).toBe(false);
  expect(mayPublish(mailServer, 'ringpost/trigger/ack')).toBe(false);
});

test('the message server reads all devices and writes to one at a time', () => {
  expect(maySubscribe(messageServer, 'ringpost/device/+/hello')).toBe(true);
  expect(maySubscribe(messageServer, 'ringpost/trigger')).toBe(true);
  expect(mayPublish(messageServer, own('request'))).toBe(true);
  expect(mayPublish(messageServer, own('settings/server'))).toBe(true);
  expect(mayPublish(messageServer, 'ringpost/device/+/request')).toBe(false);
  expect(mayPublish(messageServer, own('report'))).toBe(false);
  expect(maySubscribe(messageServer, 'ringpost/#')).toBe(false);
  expect(maySubscribe(messageServer, 'ringpost/device/#')).toBe(false);
});

test('filters match as MQTT 3.1.1 4.7 says', () => {
  expect(matchesFilter('a/+/c', 'a/b/c')).toBe(true);
  expect(matchesFilter('a/#', 'a')).toBe(true);
  expect(matchesFilter('a/#', 'a/b/c')).toBe(true);
  expect(matchesFilter('a/+', 'a/b/c')).toBe(false);
  expect(matchesFilter('a/+', 'a')).toBe(false);
  expect(matchesFilter('a/b', 'a/b')).toBe(true);
  expect(matchesFilter('a/b', 'a/c')).toBe(false);
});
