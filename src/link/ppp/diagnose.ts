import { LinkError } from '../link.ts';

/** What is known of a PPP session that failed. */
export interface PppFacts {
  /** pppd's log. */
  readonly log: string;
  /** Its exit code (pppd(8), EXIT STATUS). */
  readonly exit?: number | undefined;
  /** The signal that killed it. */
  readonly killed?: string | undefined;
  /** What the modem said: `NO CARRIER`. */
  readonly modem?: string | undefined;
}

/** The stage at which it failed is the code of the error. */
export interface Diagnosis {
  readonly code: PppStage;
  readonly temporary: boolean;
  readonly words: string;
}

export type PppStage =
  | 'pppd-setup'
  | 'lcp-silent'
  | 'looped-back'
  | 'auth-refused'
  | 'auth-silent'
  | 'no-address'
  | 'pdp-refused'
  | 'peer-silent'
  | 'hang-up'
  | 'pppd-killed'
  | 'ended';

interface Rule extends Diagnosis {
  readonly when: (facts: PppFacts, up: boolean) => boolean;
}

const says = (pattern: RegExp) => (facts: PppFacts) => pattern.test(facts.log);
const exits =
  (...codes: number[]) =>
  (facts: PppFacts) =>
    codes.includes(facts.exit ?? -1);

/** Texts are those of pppd 2.4.9 and 2.5; the first rule that holds tells. */
const RULES: readonly Rule[] = [
  {
    when: says(/(?:PAP|CHAP) authentication failed(?! due)|Failed to authenticate ourselves to peer/),
    code: 'auth-refused',
    temporary: false,
    words: 'the network refused user and password of the access point',
  },
  {
    when: says(/No CHAP secret found for authenticating us/),
    code: 'auth-refused',
    temporary: false,
    words:
      'the network asks for a user and a password, and there are none for it (/etc/ppp/chap-secrets, peer file)',
  },
  {
    when: says(/No response to PAP authenticate-requests|CHAP authentication timed out/),
    code: 'auth-silent',
    temporary: true,
    words: 'the network did not answer to user and password',
  },
  {
    when: exits(19),
    code: 'auth-refused',
    temporary: false,
    words: 'the network refused user and password of the access point',
  },
  {
    when: (facts) => exits(11)(facts) || says(/peer refused to authenticate/)(facts),
    code: 'pppd-setup',
    temporary: false,
    words: 'pppd wants the network to authenticate itself: the peer file needs noauth',
  },
  {
    when: (facts) => exits(4)(facts) || says(/need to create the \/dev\/ppp|lacks kernel PPP support/)(facts),
    code: 'pppd-setup',
    temporary: false,
    words: 'the kernel of this machine has no PPP (module ppp_generic)',
  },
  {
    when: exits(3),
    code: 'pppd-setup',
    temporary: false,
    words: 'pppd has not the right to work: it must be setuid root, and the user in the group dip',
  },
  {
    when: (facts) => exits(2)(facts) || says(/unrecognized option|Can't open options file/)(facts),
    code: 'pppd-setup',
    temporary: false,
    words: 'pppd does not take its options; is the peer file installed?',
  },
  {
    when: exits(126, 127),
    code: 'pppd-setup',
    temporary: false,
    words: 'pppd cannot be run: is the package ppp installed?',
  },
  {
    when: (facts) => exits(17)(facts) || says(/line is looped back|Loopback detected/)(facts),
    code: 'looped-back',
    temporary: true,
    words: 'the modem sends everything back: it is in command mode, not in the data call',
  },
  {
    when: (facts) => exits(15)(facts) || says(/No response to \d+ echo-requests|Peer not responding/)(facts),
    code: 'peer-silent',
    temporary: true,
    words: 'the network did not answer any more',
  },
  {
    when: says(/LCP: timeout sending Config-Requests/),
    code: 'lcp-silent',
    temporary: true,
    words: 'the modem connected, but nobody answered on the data call (LCP)',
  },
  {
    when: (facts, up) =>
      !up && says(/Protocol-Reject for '?(?:IPCP|Internet Protocol Control|IP Control)/i)(facts),
    code: 'pdp-refused',
    temporary: true,
    words: 'the network has no IP for this access point: is the access point name right?',
  },
  {
    when: (facts, up) =>
      !up &&
      says(
        /Could not determine local IP address|Peer refused to agree to our IP address|Refused our IP address|IPCP: timeout sending|Interface configuration failed|Unauthorized remote IP/,
      )(facts),
    code: 'no-address',
    temporary: true,
    words: 'the network gave no address',
  },
  {
    // A shell's way to tell of SIGKILL.
    when: (facts) => exits(137)(facts) || (facts.killed !== undefined && facts.killed !== 'SIGTERM'),
    code: 'pppd-killed',
    temporary: true,
    words: 'pppd was killed',
  },
  {
    when: (facts, up) => !up && (facts.modem === 'NO CARRIER' || says(/LCP terminated by peer/)(facts)),
    code: 'pdp-refused',
    temporary: true,
    words: 'the network ended the call before it gave an address: is the access point name right?',
  },
  {
    when: ({ modem }) => modem !== undefined && modem !== 'NO CARRIER',
    code: 'hang-up',
    temporary: true,
    words: 'the modem has started again',
  },
  {
    when: (facts) =>
      facts.modem !== undefined || exits(16)(facts) || says(/Modem hangup|LCP terminated by peer/)(facts),
    code: 'hang-up',
    temporary: true,
    words: 'the modem or the network hung up',
  },
  {
    when: (facts) => exits(5)(facts) || facts.killed !== undefined,
    code: 'pppd-killed',
    temporary: true,
    words: 'pppd was told to end',
  },
  {
    when: exits(10),
    code: 'lcp-silent',
    temporary: true,
    words: 'the network and pppd did not agree on the link',
  },
  { when: exits(1), code: 'pppd-setup', temporary: true, words: 'pppd failed on this machine' },
];

const UNKNOWN: Diagnosis = { code: 'ended', temporary: true, words: 'pppd ended and did not say why' };

/** At which stage a PPP session failed, and why, in words. */
export function diagnose(facts: PppFacts): Diagnosis {
  const up = /^local\s+IP address/m.test(facts.log);
  const rule = RULES.find(({ when }) => when(facts, up)) ?? UNKNOWN;
  return { code: rule.code, temporary: rule.temporary, words: rule.words };
}

/** The same as an error: what was tried, and what came back. */
export function pppError(facts: PppFacts): LinkError {
  const { code, temporary, words } = diagnose(facts);
  const { exit, killed, modem } = facts;
  const last = lastLine(facts.log);
  const told = [
    last && `pppd: ${last}`,
    exit !== undefined && `exit ${exit}`,
    killed,
    modem && `modem: ${modem}`,
  ];
  const details = told.filter(Boolean).join(', ');
  return new LinkError(`PPP: ${words}${details && ` (${details})`}`, {
    code,
    temporary,
    fields: { exit, killed, modem, last },
  });
}

/** The last line that says something; pppd's usual goodbye does not. */
function lastLine(log: string): string | undefined {
  const dull =
    /^(?:Exit\.|Connect:|Connection terminated\.|Connect time|Sent \d|Link terminated|Using interface|pppd )/;
  return log
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line !== '' && !dull.test(line));
}
