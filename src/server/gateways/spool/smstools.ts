import type { SpoolProgram } from './program.ts';

/** Of what smsd writes into `Fail_reason:`, that which it says before the modem was given a text (smsd.c, 3.1.21). */
const BEFORE_SENDING = [
  'Rejected by checkhandler',
  'No destination',
  'Destination is blacklisted',
  'Destination is not whitelisted',
  'Wrong provider queue',
  'Destination number does not match any provider',
  'Modem initialization failed',
];

/** The network's or the modem's own refusal, 3GPP TS 27.005 3.2.5 and TS 27.007 9.2. */
const FINAL_RESULT = /\+CM[ES] ERROR/;

/** smsd of the SMS Server Tools 3. Its file format: `fileformat.html` of its manual. */
export const smstools: SpoolProgram = {
  name: 'smstools',
  group: 'smsd',
  // It ignores names with a dot before them and `.LOCK` behind them; others are all the same to it.
  fileName: (ours) => ours,
  content: (number, text) =>
    ['Priority: HIGH', 'Flash: no', 'Report: no', `To: ${number.slice(1)}`, '', text].join('\n'),
  failure(content) {
    const [, reason = ''] = content.match(/^Fail_reason: (.{1,200})/m) ?? [];
    return { reason, surely: BEFORE_SENDING.includes(reason) || FINAL_RESULT.test(reason) };
  },
  movesFirst: true,
};
