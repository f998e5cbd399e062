import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Field, type Way } from '../support/guest/field.ts';
import { Guest } from '../support/guest/guest.ts';
import type { Handheld } from '../support/guest/handheld.ts';
import { need } from '../support/program.ts';

/** Names of the steps of a session that an SMS began. */
const SESSION = ['cmti', 'verified', 'data-session', 'request', 'synchronised', 'report', 'closed', 'swept'];

let guest: Guest;
let field: Field;
let atRest: string;

beforeAll(async () => {
  await need('pppd', 'ppp');
  await need('ip', 'iproute2');
  await need('dnsmasq', 'dnsmasq-base');
  await need('socat', 'socat');
  await promisify(execFile)('npm', ['run', 'build']);
  guest = await Guest.boot();
  field = new Field(guest);
  await field.start();
  atRest = await allRoutes();
}, 300_000);

afterAll(() => guest?.[Symbol.asyncDispose]());

/** Rules and routes of all tables, and who resolves names. */
function allRoutes(): Promise<string> {
  const all =
    'ip -4 rule; ip -6 rule; ip -4 route show table all; ip -6 route show table all; cat /etc/resolv.conf';
  return guest.must(all);
}

/** pppd's last script may still run when the agent listens again. */
async function nothingLeft(): Promise<void> {
  await expect.poll(allRoutes, { timeout: 10_000, interval: 200 }).toBe(atRest);
}

/** What anything that does not ask for the data session uses; link-local addresses lead nowhere but to the other end. */
function mainRoutes(): Promise<string> {
  const ipv6 = "ip -6 route | grep -v '^fe80:.* dev ppp0 '";
  return guest.must(`ip -4 route; ${ipv6}; ip route get 192.0.2.1; cat /etc/resolv.conf`);
}

/** Packets that went over the Wi-Fi, which has the default route. */
async function wifiPackets(): Promise<number> {
  return Number(await guest.must('cat /sys/class/net/wlan0/statistics/tx_packets'));
}

async function handheld(way: Way): Promise<Handheld> {
  await field.carrier({});
  const started = await field.handheld(way);
  onTestFinished(() => started.stop());
  return started;
}

/** Text that does not compress to nothing. */
const text = (bytes: number) =>
  (
    randomBytes(bytes)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  )
    .join('\r\n')
    .slice(0, bytes);

describe('pppd on both sides', { timeout: 300_000 }, () => {
  test('one UART, three sessions; routes and resolv.conf stay; 200 kB; an SMS that comes meanwhile is swept', async () => {
    const device = await handheld({ user: 'root' });
    const before = await mainRoutes();
    const packets = await wifiPackets();
    for (const round of [1, 2]) {
      const since = await device.agent.mark();
      const mail = await field.send(`Mail ${round}.`);
      const steps = await device.session(since);
      expect(steps.map(({ name }) => name)).toEqual(SESSION);
      expect(await device.holds(mail)).toBe(1);
      await nothingLeft();
    }

    const since = await device.agent.mark();
    const mail = await field.send(text(200_000));
    await device.received(10_000);
    await field.ring();
    expect(await mainRoutes()).toBe(before);
    expect(await guest.must('ip rule; ip route show table 21072')).toMatch(
      /^21072:\tfrom 10\.64\.64\.2 lookup 21072.*^default dev ppp0/ms,
    );
    const steps = await device.session(since);
    expect(steps.map(({ name }) => name)).toEqual(SESSION);
    expect(steps.at(-1)).toMatchObject({ name: 'swept', fields: { found: 1 } });
    expect(await device.holds(mail)).toBe(1);
    const again = await device.session(since + steps.length);
    expect(again.map(({ name }) => name)).toEqual(['verified', 'data-session', 'request', 'closed', 'swept']);
    await nothingLeft();
    expect(await wifiPackets()).toBe(packets);
  });

  test('two ttys, an unprivileged user in the group dip: an SMS is told meanwhile; a cut is seen at once and resumed', async () => {
    const device = await handheld({ user: 'field', twoTtys: true });
    const since = await device.agent.mark();
    const mail = await field.send(text(200_000));
    await device.received(10_000);
    await field.ring();
    const told = await device.agent.step('verified', since + 2);
    await device.received(40_000);
    const cut = Number(await guest.must("pkill -KILL -f 'pppd notty .* 10.64.64.1:' && date +%s%3N"));
    const closed = await device.agent.step('closed', since);
    expect(closed.place).toBeGreaterThan(told.place);
    const [lost] = await device.logged(/"time":"([^"]+)"[^\n]*"msg":"data session lost"/);
    expect(Date.parse(lost ?? '') - cut).toBeLessThan(1000);
    const again = await device.session(closed.place + 1);
    expect(again.map(({ name }) => name)).toContain('synchronised');
    expect(await device.holds(mail)).toBe(1);
    await nothingLeft();
  });

  test('a network that is silent, then has no address, then wants a password: the ladder climbs, and says why', async () => {
    const device = await handheld({ user: 'field' });
    await field.carrier({ silent: true });
    const since = await device.agent.mark();
    const mail = await field.send('At last.');
    await device.logged(/nobody answered on the data call \(LCP\)/);
    await field.carrier({ options: 'noip noipv6' });
    await device.logged(/ended the call before it gave an address/);
    await field.chapPassword('hush', 'hush');
    await device.session(since);
    expect(await device.holds(mail)).toBe(1);

    await field.chapPassword('hush', 'wrong');
    const refused = await device.agent.mark();
    await field.send('Never.');
    const failed = await device.agent.step('failed', refused);
    expect(failed.text).toMatch(/refused user and password of the access point/);
    await nothingLeft();
  });

  test('behind a socket, without any right: a session, a killed pppd, another session; nothing is left', async () => {
    await field.listenForSessions('/run/ringpost/ppp.sock');
    const device = await handheld({ user: 'ringpost', socket: '/run/ringpost/ppp.sock' });
    const packets = await wifiPackets();
    const since = await device.agent.mark();
    const mail = await field.send(text(60_000));
    await device.received(10_000);
    await guest.must("pkill -KILL -f 'pppd call ringpost'");
    const closed = await device.agent.step('closed', since);
    await nothingLeft();
    const again = await device.session(closed.place + 1);
    expect(again.map(({ name }) => name)).toContain('synchronised');
    expect(await device.holds(mail)).toBe(1);
    await nothingLeft();
    expect(await wifiPackets()).toBe(packets);
  });
});
