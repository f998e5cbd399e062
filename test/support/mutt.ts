import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { need } from './program.ts';
import { temporaryDirectory } from './room.ts';

const run = promisify(execFile);

/** As someone would set it who reads a copy of Ringpost with it. */
const SETTINGS = (root: string, editor: string) => `
set mbox_type=Maildir folder="${root}" spoolfile="${root}" postponed="+.Drafts" record=""
set from="ada@mail.example" realname="Ada" hostname="handheld"
set editor="${editor}" edit_headers=no autoedit=no abort_unmodified=no abort_nosubject=no
set confirmappend=no delete=yes move=no wait_key=no
set sort=subject index_format="%Z %s"
`;

/** mutt on a screen that can be read, and keys that can be pressed. */
export interface Mutt {
  /** Resolves when the screen matches; gives it. */
  shows(pattern: RegExp): Promise<string>;
  /** Names as tmux has them, or text. */
  keys(...keys: string[]): Promise<void>;
  /** Resolves when mutt has ended. */
  ended(): Promise<void>;
}

/** Starts mutt on a Maildir. `directory` is for its settings. */
export async function mutt(root: string, directory: string): Promise<Mutt> {
  const editor = join(directory, 'editor.sh');
  await writeFile(editor, '#!/bin/sh\necho "Written offline." >>"$1"\n', { mode: 0o755 });
  return muttWith(SETTINGS(root, editor), directory);
}

/** Starts mutt with these lines of muttrc. */
export async function muttWith(lines: string, directory: string): Promise<Mutt> {
  await need('mutt', 'mutt');
  await need('tmux', 'tmux');
  const settings = join(directory, 'muttrc');
  await writeFile(settings, lines);
  const tmux = (...args: string[]) =>
    run('tmux', ['-S', join(directory, 'tmux'), '-f', '/dev/null', ...args]);
  await tmux('new-session', '-d', '-x', '100', '-y', '30', `mutt -n -F ${settings}`);
  onTestFinished(() => void tmux('kill-server').catch(() => {}));
  const screen = async () => (await tmux('capture-pane', '-p')).stdout;
  return {
    async shows(pattern) {
      await expect.poll(screen, { timeout: 10_000 }).toMatch(pattern);
      return screen();
    },
    keys: async (...keys) => void (await tmux('send-keys', ...keys)),
    ended: () => expect.poll(() => screen().catch(() => 'gone'), { timeout: 10_000 }).toBe('gone'),
  };
}

/** The first message of a Maildir as a real mutt shows it: all that it writes to its pager, UTF-8. */
export async function shownByMutt(maildir: string): Promise<string> {
  await need('mutt', 'mutt');
  await need('script', 'bsdutils');
  const home = await temporaryDirectory();
  const pages = join(home, 'pages');
  await mkdir(pages);
  const settings = [
    `set folder=${home} tmpdir=${home} record="" charset=utf-8 quit=yes wait_key=no prompt_after=no`,
    `set pager="cp -t ${pages}"`,
    'push "<display-message><quit>"',
  ];
  await writeFile(join(home, 'muttrc'), `${settings.join('\n')}\n`);
  const env = { ...process.env, HOME: home, TERM: 'xterm', LANG: 'C.UTF-8' };
  // It wants a terminal, and takes the keys that it is to be given from its configuration.
  const words = ['-qec', `mutt -n -F ${home}/muttrc -f ${maildir}`, '/dev/null'];
  await run('script', words, { env, timeout: 20_000 });
  const [page] = await run('ls', [pages]).then(({ stdout }) => stdout.trim().split('\n'));
  return readFile(join(pages, page as string), 'utf8');
}
