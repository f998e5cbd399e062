import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { need } from '../../support/program.ts';
import { measured } from './measured.ts';
import { type MakePeer, type PeerParts, SERVER_NAME } from './peer.ts';

const FETCHMAIL = '/usr/bin/fetchmail';
/** fetchmail(1), EXIT CODES: mail was retrieved; there was none. */
const GOOD_CODES = [0, 1];

/** fetchmail that leaves the mail at the server: brings what is unseen there, and knows of nothing else. */
export const fetchmail: MakePeer = async (parts) => {
  await need(FETCHMAIL, 'fetchmail');
  const { user, directory, server } = parts;
  const inbox = join(directory, 'copy');
  await mkdir(inbox);
  await writeFile(join(directory, 'ca.pem'), server.ca);
  const deliver = join(directory, 'deliver');
  await writeFile(deliver, `#!/bin/sh\nexec cat >"$(mktemp '${inbox}/XXXXXXXX')"\n`);
  await chmod(deliver, 0o755);
  const config = join(directory, 'fetchmailrc');
  await writeFile(config, configuration(parts, deliver), { mode: 0o600 });
  const run = async (signal: AbortSignal) => {
    const command = [FETCHMAIL, '-f', config, '--nosyslog', '--nodetach'];
    const ended = await measured(command, directory, signal, { FETCHMAILHOME: directory });
    if (GOOD_CODES.includes(ended.code)) return { use: ended };
    return { use: ended, complaint: `fetchmail ended with ${ended.code}: ${ended.stderr}${ended.stdout}` };
  };
  return {
    name: 'fetchmail',
    user,
    onlyNewMail: true,
    async settle(signal) {
      const { complaint } = await run(signal);
      if (complaint !== undefined) throw new Error(complaint);
    },
    change: () => Promise.reject(new Error('fetchmail sends nothing up')),
    async synchronise(_hint, signal) {
      const before = new Set(await readdir(inbox));
      const done = await run(signal);
      const added = (await readdir(inbox)).filter((name) => !before.has(name));
      const texts = await Promise.all(added.map((name) => readFile(join(inbox, name), 'utf8')));
      return { ...done, brought: { texts, flagged: [], removed: [] } };
    },
  };
};

function configuration({ server, port, user, directory }: PeerParts, deliver: string): string {
  return `poll 127.0.0.1 service ${port} protocol IMAP auth password
  username "${user}" password "${server.password}"
  ssl sslcertck sslcertfile "${join(directory, 'ca.pem')}" sslcommonname "${SERVER_NAME}"
  keep mda "${deliver}"
`;
}
