import { join } from 'node:path';
import { styleText } from 'node:util';
import { showBytes } from '../../base/quantity.ts';
import { USER } from './parts.ts';
import type { costOf } from './scenes.ts';
import type { World } from './world.ts';

/** One row of the table at the end. */
export interface Shown {
  readonly title: string;
  /** Seconds that the scene took. */
  readonly took: number;
  readonly cost: ReturnType<typeof costOf>;
  /** The step that failed, in words. */
  readonly problem?: string;
}

const HEAD = ['what was shown', 'took', 'sessions', 'radio on', 'up', 'down', 'round trips'];

/** The table at the end of the demo. */
export function table(shown: readonly Shown[], seconds: number): string {
  const rows = [HEAD, ...shown.map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row.map((cell, column) => pad(cell, widths[column] ?? 0, column === 0)).join('  '),
  );
  const problems = shown.filter((one) => one.problem !== undefined);
  const end = problems.map((one) => styleText('red', `FAILED: ${one.title}: ${one.problem}`));
  if (problems.length === 0) end.push(styleText('green', `All shown in ${seconds.toFixed(1)} s.`));
  return ['', styleText('bold', lines[0] ?? ''), ...lines.slice(1), '', ...end].join('\n');
}

function rowOf({ title, took, cost, problem }: Shown): string[] {
  const mark = problem === undefined ? '✓' : '✗';
  const { sessions, seconds, bytesUp, bytesDown, roundTrips } = cost;
  return [
    `${mark} ${title}`,
    `${took.toFixed(1)} s`,
    `${sessions}`,
    `${seconds.toFixed(1)} s`,
    showBytes(bytesUp),
    showBytes(bytesDown),
    `${roundTrips}`,
  ];
}

function pad(text: string, width: number, left: boolean): string {
  return left ? text.padEnd(width) : text.padStart(width);
}

/** How to use what `--stay` keeps running. */
export function stayText(world: World): string {
  const ca = join(world.directory, 'server', 'tls', 'localhost.crt');
  return `
Everything keeps running until Ctrl-C.

Send a mail     swaks --server 127.0.0.1:${world.smtpPort} --to ${USER.address} --header "Subject: Hello handheld"
Read it         curl --cacert ${ca} --user ${USER.name}:${USER.password} "imaps://localhost:${world.imapPort}/INBOX;UID=1"
                (any IMAP client: localhost, port ${world.imapPort}, TLS, user ${USER.name}, password ${USER.password})
The handheld    ls ${join(world.maildir, 'new')}
Serial log      npm run --silent ringpost -- watch ${join(world.directory, 'serial.log')}
Everything else ${world.directory}
`;
}
