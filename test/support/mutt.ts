import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { need } from './program.ts';
import { temporaryDirectory } from './room.ts';

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
  await promisify(execFile)('script', words, { env, timeout: 20_000 });
  const [page] = await promisify(execFile)('ls', [pages]).then(({ stdout }) => stdout.trim().split('\n'));
  return readFile(join(pages, page as string), 'utf8');
}
