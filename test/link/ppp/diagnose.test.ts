import { expect, test } from 'vitest';
import { diagnose, type PppFacts, pppError } from '../../../src/link/ppp/diagnose.ts';
import { parseState } from '../../../src/link/ppp/state-file.ts';

const UP = 'Using interface ppp0\nConnect: ppp0 <--> /dev/pts/1\n';
const ADDRESS = `${UP}local  IP address 10.64.0.2\nremote IP address 10.64.0.1\n`;
const END = 'Connection terminated.\nExit.\n';

/** Texts of pppd 2.4.9, with the exit codes of pppd(8). */
test.each<[string, PppFacts, string, boolean, string]>([
  [
    'nobody speaks LCP',
    { log: `${UP}LCP: timeout sending Config-Requests\n${END}`, exit: 10 },
    'lcp-silent',
    true,
    'nobody answered',
  ],
  [
    'the modem echoes',
    { log: `${UP}Serial line is looped back.\n${END}`, exit: 17 },
    'looped-back',
    true,
    'command mode',
  ],
  [
    'PAP is refused',
    { log: `${UP}PAP authentication failed\n${END}`, exit: 19 },
    'auth-refused',
    false,
    'user and password',
  ],
  [
    'CHAP is refused',
    { log: `${UP}CHAP authentication failed: E=691 R=0\n${END}`, exit: 19 },
    'auth-refused',
    false,
    'user and password',
  ],
  [
    'CHAP is refused, and the modem hangs up',
    { log: `${UP}CHAP authentication failed\nModem hangup\n${END}`, exit: 16, modem: 'NO CARRIER' },
    'auth-refused',
    false,
    'user and password',
  ],
  [
    'no secret',
    { log: `${UP}No CHAP secret found for authenticating us to "GGSN"\n`, exit: 19 },
    'auth-refused',
    false,
    'chap-secrets',
  ],
  [
    'PAP without answer',
    { log: `${UP}No response to PAP authenticate-requests\nFailed to`, exit: 19 },
    'auth-silent',
    true,
    'did not answer',
  ],
  [
    'we want authentication',
    { log: `${UP}peer refused to authenticate: terminating link\n`, exit: 11 },
    'pppd-setup',
    false,
    'noauth',
  ],
  [
    'no address for us',
    { log: `${UP}Could not determine local IP address\n${END}`, exit: 10 },
    'no-address',
    true,
    'no address',
  ],
  [
    'IPCP without answer',
    { log: `${UP}IPCP: timeout sending Config-Requests\n${END}`, exit: 10 },
    'no-address',
    true,
    'no address',
  ],
  [
    'no IP on this access point',
    { log: `${UP}Protocol-Reject for 'IP Control Protocol' (0x8021) received\n`, exit: 10 },
    'pdp-refused',
    true,
    'access point name',
  ],
  [
    'ended by the network before an address',
    { log: `${UP}LCP terminated by peer\n${END}`, exit: 16 },
    'pdp-refused',
    true,
    'access point name',
  ],
  [
    'NO CARRIER before an address',
    { log: `${UP}Modem hangup\n${END}`, exit: 16, modem: 'NO CARRIER' },
    'pdp-refused',
    true,
    'access point name',
  ],
  [
    'NO CARRIER later',
    { log: `${ADDRESS}Modem hangup\n${END}`, exit: 16, modem: 'NO CARRIER' },
    'hang-up',
    true,
    'hung up',
  ],
  [
    'the network hangs up',
    { log: `${ADDRESS}LCP terminated by peer\n${END}`, exit: 16 },
    'hang-up',
    true,
    'hung up',
  ],
  ['the modem starts again', { log: ADDRESS, modem: 'RDY' }, 'hang-up', true, 'started again'],
  [
    'echoes are not answered',
    { log: `${ADDRESS}No response to 3 echo-requests\nSerial link appears to be disconnected.\n`, exit: 15 },
    'peer-silent',
    true,
    'did not answer any more',
  ],
  ['killed', { log: ADDRESS, killed: 'SIGKILL' }, 'pppd-killed', true, 'killed'],
  ['killed, as the wrapper tells', { log: ADDRESS, exit: 137 }, 'pppd-killed', true, 'killed'],
  ['told to end', { log: `${UP}Terminating on signal 15\n`, exit: 5 }, 'pppd-killed', true, 'told to end'],
  [
    'no PPP in the kernel',
    {
      log: "Couldn't open the /dev/ppp device: No such file or directory\npppd: You need to create the /dev/ppp device node by\n",
      exit: 4,
    },
    'pppd-setup',
    false,
    'ppp_generic',
  ],
  [
    'no right',
    { log: 'pppd: must be root to run pppd, since it is not setuid-root\n', exit: 3 },
    'pppd-setup',
    false,
    'setuid',
  ],
  [
    'options',
    { log: "pppd: unrecognized option 'nodebug'\npppd version 2.4.9\n", exit: 2 },
    'pppd-setup',
    false,
    'options',
  ],
  [
    'no peer file',
    { log: "pppd: Can't open options file /etc/ppp/peers/ringpost: No such file or directory\n", exit: 2 },
    'pppd-setup',
    false,
    'peer file',
  ],
  ['no pppd', { log: '', exit: 127 }, 'pppd-setup', false, 'package ppp'],
  ['nobody knows', { log: '' }, 'ended', true, 'did not say why'],
])('%s', (_name, facts, code, temporary, words) => {
  const found = diagnose(facts);
  expect(found).toMatchObject({ code, temporary });
  expect(found.words).toContain(words);
});

test('as an error: in words, with what pppd said last, its exit code and the modem', () => {
  const log = `${UP}Modem hangup\nConnection terminated.\nConnect time 0.1 minutes.\nSent 12 bytes, received 34 bytes.\n`;
  const error = pppError({ log, exit: 16, modem: 'NO CARRIER' });
  expect(error.message).toBe(
    'PPP: the network ended the call before it gave an address: is the access point name right? (pppd: Modem hangup, exit 16, modem: NO CARRIER)',
  );
});

test('the state file: of this session only, and no longer after its end', () => {
  const text =
    'session=ab12\ninterface=ppp0\nlocal=10.0.0.2\nremote=10.0.0.1\ndns1=10.0.0.9\ndns2=\nlocal6=\npid=7\nstarted=1\n';
  expect(parseState(text, 'ab12')).toMatchObject({
    up: true,
    interface: 'ppp0',
    local: '10.0.0.2',
    dns: ['10.0.0.9'],
  });
  expect(parseState(text, 'ab13')).toBeUndefined();
  expect(parseState('', 'ab12')).toBeUndefined();
  expect(parseState('session=ab12\nexit=19\n', 'ab12')).toMatchObject({ up: false, exit: 19 });
  expect(parseState('session=ab12\ndown=yes\n', 'ab12')).toMatchObject({ up: false });
  expect(parseState(`${text}failed=routes\n`, 'ab12')).toMatchObject({ failed: 'routes' });
  expect(parseState(`${text.replace('local6=', 'local6=2001:db8::7')}`, 'ab12')).toMatchObject({
    local6: '2001:db8::7',
  });
});
