#!/usr/bin/env node
// Plays pppd for the tests: `fake-pppd.mjs call WAY ipparam ringpost-SESSION`, with the ways below. It knows no PPP:
// it says ~hello~, sends back what it gets, writes the state file that the hook would write, and says ~bye~ at SIGTERM.
import { renameSync, writeFileSync } from 'node:fs';

const [, , , way, , ipparam = ''] = process.argv;
const run = process.env.RINGPOST_RUN;
const session = ipparam.replace('ringpost-', '');

const log = (...lines) => {
  for (const line of lines) process.stderr.write(`${line}\n`);
};
const fail = (code, ...lines) => {
  log(...lines);
  process.exitCode = code;
  process.stdin.destroy();
};
const state = (values) => {
  const lines = Object.entries({ session, ...values }).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(`${run}/.new`, lines.join(''));
  renameSync(`${run}/.new`, `${run}/ppp.state`);
};

log('Using interface ppp0', 'Connect: ppp0 <--> /dev/pts/1');
process.stdout.write('~hello~');
process.stdin.on('data', (bytes) => process.stdout.write(bytes));
process.stdin.on('end', () => fail(16, 'Modem hangup', 'Connection terminated.'));
process.on('SIGTERM', () => {
  if (way === 'deaf') return;
  process.stdout.write('~bye~', () => fail(5, 'Terminating on signal 15', 'Connection terminated.'));
});

if (way === 'silent') fail(10, 'LCP: timeout sending Config-Requests', 'Connection terminated.');
else if (way === 'refused') fail(19, 'PAP authentication failed', 'Connection terminated.');
else if (way !== 'slow') {
  log('local  IP address 127.0.0.2', 'remote IP address 127.0.0.1');
  const dns = process.env.FAKE_DNS ?? '';
  state({
    interface: 'ppp0',
    local: '127.0.0.2',
    remote: '127.0.0.1',
    dns1: dns,
    dns2: '',
    pid: process.pid,
  });
}
